import type { EncoderConfig } from '../encoder/config/encoder-config.js';
import type { AnyEncoderConfig } from '../encoder/config/headless-decoder-config.js';
import { modelUnsupported } from '../errors/engine.errors.js';
import { layerWeights } from '../graph/pass-cost.js';
import { gigabytes } from './assert-fits.js';
import { memoryLimit } from './memory-limit.js';
import type { ModelMemory } from './model-memory.js';

const BYTES_PER_WEIGHT = { fp32: 4, int8: 1 } as const;

/** The runtime, the code and what passes work with: as of a decoder (see `estimateModelMemory`), without a vocabulary. */
const PROCESS_BYTES = 130e6;

/** The memory of an encoder that is loaded, about; it has no cache, and its embedding is read from the mapped file. */
export function estimateEncoderMemory(config: AnyEncoderConfig, precision: keyof typeof BYTES_PER_WEIGHT): ModelMemory {
  const count = config.family === 'decoder' ? layerWeights(config) : encoderWeights(config);
  return { weights: count * BYTES_PER_WEIGHT[precision], process: PROCESS_BYTES, cacheToken: 0 };
}

/** Weights of all linear layers. */
function encoderWeights({ layers, hiddenSize, intermediateSize, rotations }: EncoderConfig): number {
  // The MLP of ModernBERT is gated.
  const mlp = (rotations ? 3 : 2) * hiddenSize * intermediateSize;
  return layers * (4 * hiddenSize * hiddenSize + mlp);
}

/**
 * Proves that an encoder can be loaded into the memory that there is.
 * @throws `model_unsupported` naming the need and the limit
 */
export function assertEncoderFits(
  config: AnyEncoderConfig,
  { path, precision }: { path: string; precision: keyof typeof BYTES_PER_WEIGHT },
  limit = memoryLimit(),
): void {
  const { weights, process } = estimateEncoderMemory(config, precision);
  const need = weights + process;
  if (need <= limit.bytes) return;
  const advice = precision === 'fp32' ? 'take the precision int8' : 'take a smaller model';
  throw modelUnsupported(
    `The model in ${path} needs about ${gigabytes(need)} of memory, but this ${limit.of} has ${gigabytes(limit.bytes)}. Raise the limit, or ${advice}.`,
  );
}
