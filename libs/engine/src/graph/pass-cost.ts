import type { Precision } from './quantization/precision.js';
import type { ModelConfig } from '../model/model-config.js';

/** Scales included. */
const BYTES_PER_WEIGHT: Record<Precision, number> = { fp32: 4, int8: 1, int4: 0.625 };

/** Weights of all linear layers but the output projection. */
export function layerWeights({ layers, hiddenSize, intermediateSize, heads, kvHeads, headDim }: ModelConfig): number {
  return layers * (hiddenSize * headDim * 2 * (heads + kvHeads) + 3 * hiddenSize * intermediateSize);
}

/** The bytes of the weights that a decode pass reads. */
export function passWeightBytes(config: ModelConfig, precision: Precision): number {
  const outputPrecision = precision === 'fp32' ? 'fp32' : 'int8';
  const output = config.vocabSize * config.hiddenSize * BYTES_PER_WEIGHT[outputPrecision];
  return layerWeights(config) * BYTES_PER_WEIGHT[precision] + output;
}

/**
 * The past, in tokens, that makes a new token of a prompt cost twice as much: a weight takes one multiplication for a
 * token, an element of a head takes two for each token of the past, and about as much again to copy that past
 * (measured with a 135M shape in int8: a chunk of 48 takes 40 ms, and 83 ms after 1,440 tokens; this says 1,536).
 */
export function attentionCrossoverTokens(config: ModelConfig): number {
  return layerWeights(config) / (4 * config.layers * config.heads * config.headDim);
}

/**
 * Prompts of so many tokens at most round otherwise than longer ones: ONNX Runtime adds up the products of a query and a key in parts of 128
 * elements where there are more than 64 keys, and in one where there are not.
 */
export function shortPromptTokens({ headDim }: Pick<ModelConfig, 'headDim'>): number {
  return headDim > 128 ? 64 : 0;
}
