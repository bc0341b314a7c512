import type { ModelConfig } from '../model/model-config.js';

/**
 * How the weights of linear layers are stored and computed with: as they are; in 8 bits with a scale for each row; or in
 * 4 bits with a scale for each block of 32. Activations of int8 and int4 are quantised to 8 bits, row by row, so that
 * what one sequence computes never depends on another. Embedding and output projection of int4 are int8.
 */
export type Precision = 'fp32' | 'int8' | 'int4';

const BYTES_PER_WEIGHT = { fp32: 4, int8: 1, int4: 0.625 } as const;

/** What a decode pass reads of the weights, scales included. */
export function passWeightBytes(config: ModelConfig, precision: Precision): number {
  const { layers, hiddenSize, intermediateSize, heads, kvHeads, headDim, vocabSize } = config;
  const attention = hiddenSize * headDim * 2 * (heads + kvHeads);
  const layer = attention + 3 * hiddenSize * intermediateSize;
  const output = vocabSize * hiddenSize * (precision === 'fp32' ? BYTES_PER_WEIGHT.fp32 : BYTES_PER_WEIGHT.int8);
  return layers * layer * BYTES_PER_WEIGHT[precision] + output;
}
