import { EncoderEngine, type EncoderInput, type LoadedEncoder } from '@frontier/engine';

/** The vectors of the inputs of requests that wait together, in passes of so many texts at most. */
export async function encodeRequests(
  model: LoadedEncoder,
  requests: readonly EncoderInput[][],
  maxBatchSize: number,
): Promise<Float32Array[][]> {
  const engine = new EncoderEngine(model, { maxBatchSize, flushTimeoutMs: 0 });
  const vectors = requests.map((): Float32Array[] => []);
  for (const [i, inputs] of requests.entries()) engine.add({ id: `${i}`, inputs, output: 'vector' });
  while (engine.hasWork) {
    for (const { requestId, index, values, error } of (await engine.step())?.items ?? []) {
      if (!values) throw new Error(error!.message);
      vectors[Number(requestId)][index] = values;
    }
  }
  return vectors;
}
