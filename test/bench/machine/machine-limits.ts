import { memoryBandwidth } from '@frontier/engine/machine';
import { type ProductKind, Products } from './products.ts';

/** What this machine does at most, measured with as many threads as the contestants have. */
export interface MachineLimits {
  /** Bytes read from memory. */
  bytesPerSecond: number;
  /** Products of 8-bit numbers, and the additions that go with them: two operations each. */
  int8OpsPerSecond: number;
  /** The same of float32. */
  floatOpsPerSecond: number;
}

/** A product of matrices that fit in the cache, and is long enough for all threads. */
const SIZE = { rows: 2048, columns: 2048 };
const VECTORS = 1024;
const PASSES = 12;

export async function measureMachine(threads: number): Promise<MachineLimits> {
  return {
    bytesPerSecond: await memoryBandwidth(threads),
    int8OpsPerSecond: await opsPerSecond('int8', threads),
    floatOpsPerSecond: await opsPerSecond('fp32', threads),
  };
}

/** Of the fastest pass. */
async function opsPerSecond(kind: ProductKind, threads: number): Promise<number> {
  const products = await Products.open(kind, [SIZE], { threads, spinning: true });
  let fastestMs = Infinity;
  for (let pass = 0; pass < PASSES; pass++) fastestMs = Math.min(fastestMs, await products.timePass(VECTORS));
  await products.release();
  return (1000 * 2 * SIZE.rows * SIZE.columns * VECTORS) / fastestMs;
}
