/** A graph that is built faster is not reported. */
const FIRST_MS = 3_000;
const STEP_MS = 10_000;

/**
 * Reports the progress of building a graph, after three seconds and then every ten.
 * @param write takes a line
 * @returns to be called after each layer, with how many are built of how many
 */
export function buildProgress(
  write: (line: string) => void,
  now: () => number = () => performance.now(),
): (layers: number, of: number) => void {
  let nextAt = now() + FIRST_MS;
  return (layers, of) => {
    if (now() < nextAt) return;
    nextAt = now() + STEP_MS;
    write(`Its graph is being built: ${layers} of ${of} layers.`);
  };
}
