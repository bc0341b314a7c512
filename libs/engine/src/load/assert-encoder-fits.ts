import type { EncoderConfig } from '../encoder/config/encoder-config.js';
import { modelUnsupported } from '../errors/engine.errors.js';
import { gigabytes } from './assert-fits.js';
import { memoryLimit } from './memory-limit.js';

const BYTES_PER_WEIGHT = { fp32: 4, int8: 1 } as const;

/** The runtime, the code and what passes work with: as of a decoder (see `estimateModelMemory`). */
const PROCESS_BYTES = 141e6;

/**
 * Proves that an encoder can be loaded into the memory that there is.
 * @throws `model_unsupported` naming the need and the limit
 */
export function assertEncoderFits(
  config: EncoderConfig,
  { path, precision }: { path: string; precision: 'fp32' | 'int8' },
  limit = memoryLimit(),
): void {
  const { layers, hiddenSize, intermediateSize } = config;
  const weights =
    layers * (4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize) * BYTES_PER_WEIGHT[precision];
  const need = weights + PROCESS_BYTES;
  if (need <= limit.bytes) return;
  const advice =
    precision === 'fp32' ? 'Raise the limit, or take the precision int8' : 'Raise the limit, or take a smaller model';
  throw modelUnsupported(
    `The model in ${path} needs about ${gigabytes(need)} of memory, but this ${limit.of} has ${gigabytes(limit.bytes)}. ${advice}.`,
  );
}
