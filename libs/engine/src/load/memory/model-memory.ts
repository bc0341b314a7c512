import { layerWeights } from '../../graph/pass-cost.js';
import type { Precision } from '../../graph/quantization/precision.js';
import type { KvShape } from '../../kv-pool/kv-pool.js';
import type { ModelConfig } from '../../model/model-config.js';

/** Bytes that a loaded model needs on the CPU, about. */
export interface ModelMemory {
  /** ONNX Runtime's own copies of the weights, which it makes in the order that its kernels read. */
  weights: number;
  /** The runtime, the code, the vocabulary and what passes work with. */
  process: number;
  /** Keys and values of one token. */
  cacheToken: number;
}

/** The precisions of a model, as `providerPrecisions` has them. */
export interface MemoryOptions {
  precision: Precision;
  prefillPrecision: Precision;
  /** The precision of the output projection. */
  outputPrecision: Exclude<Precision, 'int4'>;
  /** See `ModelSource.int4Share`; default 1. */
  int4Share?: number;
}

/** Scales and sums included; two kernels' copies of 4-bit weights were measured at 0.74 and 0.77. */
const BYTES_PER_WEIGHT: Record<Precision, number> = { fp32: 4, int8: 1, int4: 0.75 };

/** The part of the weights that must have two forms. */
const APART_SHARE = 2 / 3;

/** Measured after the warm-up: 130 MB and 0.67 kB for each token of the vocabulary, with 32,000 to 262,144 tokens. */
const PROCESS_BYTES = 130e6;
const BYTES_PER_VOCABULARY_TOKEN = 670;

/** Sequences get room for an eighth more than they need (see `capacityFor`). */
const CACHE_ROOM = 1.125;

/**
 * The memory of a model that is loaded. The embedding is not in it: its rows are read from the mapped file, whose pages the system
 * may take back. While a model is loaded it takes at most 100 MB more.
 */
export function estimateModelMemory(config: ModelConfig, options: MemoryOptions): ModelMemory {
  const { vocabSize, hiddenSize } = config;
  return {
    weights:
      layerWeights(config) * bytesPerWeight(options) +
      vocabSize * hiddenSize * BYTES_PER_WEIGHT[options.outputPrecision],
    process: processBytes(vocabSize),
    cacheToken: cacheTokenBytes(config),
  };
}

/** What a model that generates takes beside its weights and cache. */
export function processBytes(vocabSize: number): number {
  return PROCESS_BYTES + vocabSize * BYTES_PER_VOCABULARY_TOKEN;
}

/** Keys and values of one token, with the room that sequences get. */
export function cacheTokenBytes({ layers, kvHeads, headDim }: KvShape): number {
  return CACHE_ROOM * 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
}

/**
 * True if the layers of decode passes and those of prompts are two in memory. Weights that have the same form in both are there twice then; where they are many,
 * layers are one, with choices within, for which ONNX Runtime keeps the originals of the others mapped. See docs/decisions/0053-stages.md.
 */
export function areLayersApart({
  precision,
  prefillPrecision,
  int4Share = 1,
}: Pick<MemoryOptions, 'precision' | 'prefillPrecision' | 'int4Share'>): boolean {
  return precision !== prefillPrecision && int4Share > APART_SHARE;
}

/** Of a layer's weight on average. */
function bytesPerWeight(options: MemoryOptions): number {
  const { precision, prefillPrecision, int4Share = 1 } = options;
  const precisions = new Set([precision, prefillPrecision]);
  const bytes = [...precisions].reduce((sum, each) => sum + BYTES_PER_WEIGHT[each], 0);
  if (!precisions.has('int4')) return bytes;
  const copies = areLayersApart(options) ? 2 : 1;
  return int4Share * bytes + (1 - int4Share) * copies * BYTES_PER_WEIGHT.int8;
}
