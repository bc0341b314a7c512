import { modelUnsupported } from '../../errors/engine.errors.js';
import { gigabytes } from './assert-fits.js';
import { memoryLimit } from './memory-limit.js';

/** The runtime, the code and what passes work with, of a model that keeps nothing between them. */
export const PROCESS_BYTES = 160e6;

/**
 * Proves that a model which keeps nothing between passes can be loaded into the memory that there is.
 * @param bytes of its weights
 * @throws `model_unsupported` with the need and the limit
 */
export function assertWeightsFit(path: string, bytes: number): void {
  const limit = memoryLimit();
  const needed = bytes + PROCESS_BYTES;
  if (needed <= limit.bytes) return;
  throw modelUnsupported(
    `The model in ${path} needs about ${gigabytes(needed)} of memory, but this ${limit.of} has ${gigabytes(limit.bytes)}. Raise the limit, or take a smaller model.`,
  );
}
