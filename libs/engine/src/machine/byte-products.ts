import { randomFillSync } from 'node:crypto';
import { GraphBuilder } from '../graph/graph-builder.js';
import { InferenceSession, Tensor } from '../runner/onnxruntime.js';

/** Of a square matrix that fits in the cache, and of a product that is long enough for all threads. */
const SIZE = 2048;
const VECTORS = 512;
const PASSES = 12;

/** Products of 8-bit numbers and their additions, two operations each, that so many threads do in a second: of the fastest pass. */
export async function byteOpsPerSecond(threads: number): Promise<number> {
  const graph = new GraphBuilder('products', '');
  graph.input('vectors', 'uint8', ['n', SIZE]);
  const weights = graph.constant('weights', randomFillSync(new Int8Array(SIZE * SIZE)), [SIZE, SIZE]);
  const scale = graph.constant('scale', Float32Array.of(1e-4), []);
  const scales = graph.constant('scales', new Float32Array(SIZE).fill(0.01), [SIZE]);
  const zero = graph.constant('zero_point', Uint8Array.of(128), []);
  const product = graph.node('MatMulIntegerToFloat', ['vectors', weights, scale, scales, zero], {
    domain: 'com.microsoft',
  });
  const [from, to, axis] = [0, 1, -1].map((value) =>
    graph.constant(`number_${value}`, BigInt64Array.of(BigInt(value)), [1]),
  );
  // One element of each result: all of them would be copied.
  graph.node('Slice', [product, from, to, axis], {}, 'results');
  graph.output('results', 'float32', ['n', 1]);
  const session = await InferenceSession.create(graph.build(), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const vectors = new Tensor('uint8', new Uint8Array(VECTORS * SIZE).fill(100), [VECTORS, SIZE]);
  let fastestMs = Infinity;
  for (let pass = 0; pass < PASSES; pass++) {
    const startedAt = performance.now();
    await session.run({ vectors });
    fastestMs = Math.min(fastestMs, performance.now() - startedAt);
  }
  await session.release();
  return (1000 * 2 * SIZE * SIZE * VECTORS) / fastestMs;
}
