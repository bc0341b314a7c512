/**
 * Names of the inputs and outputs of a delta-cache graph, with their shapes: the contract of graph builder
 * and runner. B sequences, S new tokens each, C cache positions, R rows of logits.
 */
export const GRAPH = {
  /** int32 [B, S] */
  inputIds: 'input_ids',
  /** int64 [B, S]: the position of each new token in its sequence */
  positionIds: 'position_ids',
  /** int32 [B]: the length of each sequence after this pass, minus one */
  lastPositions: 'last_positions',
  /** int32 []: the longest length after this pass */
  totalLength: 'total_length',
  /** int32 [R]: the rows of the B * S new tokens whose logits are wanted */
  outputRows: 'output_rows',
  /** float32 [R], where the cache is in host memory: 1 / temperature of each row of logits, or 0 where its shares are not wanted */
  inverseTemperatures: 'inverse_temperatures',
  /** float32 [B, kvHeads, C, headDim], see {@link CAPACITY_STEP}; entries past a sequence's length are zero */
  pastKey: (layer: number) => `past_key.${layer}`,
  pastValue: (layer: number) => `past_value.${layer}`,
  /** bool [], where a graph has stages: true if the stage is computed; see {@link stagesOf} */
  stage: (stage: number) => `stage.${stage}`,
  /** bool [], where a graph has stages: true if logits are computed; else they have no rows */
  head: 'head',
  /** float32 [B * S, hiddenSize], where a graph has stages: the residual stream before the first one that is computed; nothing before the first of all */
  residualBefore: 'residual_before',
  /** float32 [B * S, hiddenSize], where a graph has stages: the residual stream after the last one that is computed */
  residualAfter: 'residual_after',
  /** float32 [R, vocabSize] */
  logits: 'logits',
  /** int64 [R]: the index of the largest logit, the lowest of equals */
  argmax: 'argmax',
  /** float32 [R]: the sum of the logits, which is finite only if all of them are */
  logitSum: 'logit_sum',
  /**
   * float32 [R, ceil(vocabSize / {@link SHARE_TOKENS})], where the cache is in host memory: the shares that blocks of tokens have in
   * softmax(logits / temperature). Zeros of another shape where no row wants them.
   */
  blockShares: 'block_shares',
  /** float32 [B, S, layers, 2, kvHeads, headDim]: the new keys (rotated) and values of the layers that are computed, where the cache is in host memory */
  newKeyValues: 'new_key_values',
  /** float32 [B, kvHeads, C, headDim]: the past with the new tokens appended, where the cache is on the device */
  presentKey: (layer: number) => `present_key.${layer}`,
  presentValue: (layer: number) => `present_value.${layer}`,
} as const;

/** Tokens of a block of the vocabulary, whose shares are added up. */
export const SHARE_TOKENS = 64;

/** C, the positions that the cache of a decode pass has room for, is a multiple of this where the cache is in host memory. */
export const CAPACITY_STEP = 64;
