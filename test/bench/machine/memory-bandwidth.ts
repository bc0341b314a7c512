import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const PASSES = 4;
const ROUNDS = 3;

/** Bytes per second that so many threads read from memory together, each from an array of its own: the best of some rounds. */
export async function memoryBandwidth(threads: number): Promise<number> {
  const workers = Array.from({ length: threads }, () => new Worker(new URL('memory-reader.ts', import.meta.url)));
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
