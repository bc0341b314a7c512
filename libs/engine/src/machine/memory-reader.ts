/** A thread that reads its array so many times as it is asked to, and responds with bytes per second. */
import { parentPort, workerData } from 'node:worker_threads';

const BYTES = workerData as number;

const array = Buffer.alloc(BYTES, 1);
parentPort!.on('message', (passes: number) => {
  const startedAt = performance.now();
  // A search for a byte that is not there is a vectorised read of all (memchr).
  for (let pass = 0; pass < passes; pass++) {
    if (array.includes(0)) throw new Error('Bug: the array has no zeros.');
  }
  parentPort!.postMessage((1000 * passes * BYTES) / (performance.now() - startedAt));
});
parentPort!.postMessage('ready');
