import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Of all arrays: more than any cache has. */
const BYTES = 2 ** 29;
const MIN_BYTES = 2 ** 26;
const PASSES = 4;
const ROUNDS = 3;

/** Bytes per second that so many threads read from memory together, each from an array of its own: the best of some rounds. */
export async function memoryBandwidth(threads: number): Promise<number> {
  const workerData = Math.max(MIN_BYTES, Math.ceil(BYTES / threads));
  const place = new URL('memory-reader.js', import.meta.url);
  const workers = Array.from({ length: threads }, () => new Worker(place, { workerData }));
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    let best = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const speeds = await Promise.all(workers.map((worker) => read(worker)));
      best = Math.max(
        best,
        speeds.reduce((sum, speed) => sum + speed, 0),
      );
    }
    return best;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function read(worker: Worker): Promise<number> {
  const message = once(worker, 'message');
  worker.postMessage(PASSES);
  const [speed] = (await message) as [number];
  return speed;
}
