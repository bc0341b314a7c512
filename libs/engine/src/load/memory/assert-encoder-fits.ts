import type { EncoderConfig } from '../../encoder/config/encoder-config.js';
import type { AnyEncoderConfig, HeadlessDecoderConfig } from '../../encoder/config/headless-decoder-config.js';
import { modelUnsupported } from '../../errors/engine.errors.js';
import { layerWeights } from '../../graph/pass-cost.js';
import { gigabytes } from './assert-fits.js';
import { memoryLimit } from './memory-limit.js';
import type { ModelMemory } from './model-memory.js';

const BYTES_PER_WEIGHT = { fp32: 4, int8: 1 } as const;

/** The runtime, the code and what passes work with: as of a decoder (see `estimateModelMemory`), without a vocabulary. */
const PROCESS_BYTES = 130e6;

/**
 * Bytes for an element of what a layer computes of a token, as the runtime keeps them: measured with 0.6B of Qwen3 in int8, 0.24 MB
 * a token at 512 tokens and 0.40 MB at 2,048, where this says 0.43 MB.
 */
const BYTES_PER_ELEMENT = 20;

interface EncoderNeed {
  precision: keyof typeof BYTES_PER_WEIGHT;
  /** The longest text, in tokens: it is computed in one pass. */
  maxTokens: number;
}

/**
 * The memory of an encoder that is loaded, about; it has no cache, and its embedding is read from the mapped file. The passes of
 * decoders are counted, whose texts may be long; those of encoders take a few megabytes.
 */
export function estimateEncoderMemory(config: AnyEncoderConfig, { precision, maxTokens }: EncoderNeed): ModelMemory {
  const isDecoder = config.family === 'decoder';
  const count = isDecoder ? layerWeights(config) : encoderWeights(config);
  const pass = isDecoder ? maxTokens * tokenElements(config) * BYTES_PER_ELEMENT : 0;
  return { weights: count * BYTES_PER_WEIGHT[precision], process: PROCESS_BYTES + pass, cacheToken: 0 };
}

/** Elements of a layer's intermediate results for a token: MLP, queries, keys and values twice, residual stream. */
function tokenElements({ hiddenSize, intermediateSize, heads, kvHeads, headDim }: HeadlessDecoderConfig): number {
  return 3 * intermediateSize + 2 * (heads + 2 * kvHeads) * headDim + 4 * hiddenSize;
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
  { path, ...need }: EncoderNeed & { path: string },
  limit = memoryLimit(),
): void {
  const bytesOf = (some: EncoderNeed): number => {
    const { weights, process } = estimateEncoderMemory(config, some);
    return weights + process;
  };
  const bytes = bytesOf(need);
  if (bytes <= limit.bytes) return;
  const advice =
    bytesOf({ ...need, maxTokens: Math.ceil(need.maxTokens / 4) }) <= limit.bytes
      ? `set a context_length of less than ${need.maxTokens}`
      : need.precision === 'fp32'
        ? 'take the precision int8'
        : 'take a smaller model';
  throw modelUnsupported(
    `The model in ${path} needs about ${gigabytes(bytes)} of memory, but this ${limit.of} has ${gigabytes(limit.bytes)}. Raise the limit, or ${advice}.`,
  );
}
