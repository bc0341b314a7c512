/**
 * Time after the first signal in which others count as its copies: `npm start` passes on what its process group has had
 * already, and other runners send a signal of their own.
 */
const COPY_MS = 1000;

/** Handlers of the signals that end a server. */
interface StopHandlers {
  /** The first signal. */
  stop(signal: NodeJS.Signals): void;
  /** A later one that is no copy of it. */
  exit(signal: NodeJS.Signals): void;
}

/** A listener for signals; `now` is a clock in milliseconds that is never set back. */
export function stopSignals(
  { stop, exit }: StopHandlers,
  now: () => number = () => performance.now(),
): (signal: NodeJS.Signals) => void {
  let firstAt: number | undefined;
  return (signal) => {
    if (firstAt === undefined) {
      firstAt = now();
      stop(signal);
    } else if (now() - firstAt > COPY_MS) exit(signal);
  };
}
