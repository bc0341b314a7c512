import { availableParallelism } from 'node:os';
import { byteOpsPerSecond, intraOpThreads, memoryBandwidth, processorFeatures } from '@frontier/engine/machine';

/** Limits of this machine. */
export interface Machine {
  threads: number;
  /** Instructions for 8-bit products, the best first. */
  features: string[];
  bytesPerSecond: number;
  byteOpsPerSecond: number;
}

/** Measures the machine, with as many threads as a model gets. Takes about two seconds. */
export async function measureMachine(): Promise<Machine> {
  const threads = intraOpThreads() || availableParallelism();
  return {
    threads,
    features: processorFeatures(),
    bytesPerSecond: await memoryBandwidth(threads),
    byteOpsPerSecond: await byteOpsPerSecond(threads),
  };
}

/** Tokens per second that the machine allows: each pass reads the weights once, and each token takes its products. */
export function limitOf(
  { bytesPerSecond, byteOpsPerSecond: ops }: Machine,
  pass: { bytes: number; operations: number },
  tokensOfPass: number,
): number {
  return Math.min((tokensOfPass * bytesPerSecond) / pass.bytes, ops / pass.operations);
}
