import type { ModelConfig } from '../../model/model-config.js';
import { CAPACITY_STEP, GRAPH } from '../delta-cache-interface.js';
import type { GraphBuilder } from '../graph-builder.js';

/**
 * Products of so many positions of the cache at a time are made apart. ONNX Runtime cuts the sums of a product into parts of 128 elements
 * or more, the longer the fewer columns a thread has, which depends on the threads, the batch and the capacity: sums over no
 * more than a chunk are never cut, and of no more columns than a chunk they are not cut below 256.
 */
const CHUNK_TOKENS = CAPACITY_STEP;

/** Elements of a sum that is never cut, whatever the columns. */
const UNDIVIDED_SUM = 128;

/**
 * Attention of one new token of each sequence, which reads the cache in place: scores against the cache and against the
 * new key are made apart, and only these are joined. (`GroupQueryAttention` copies the whole cache first; that was half
 * of a pass of 16 sequences, see docs/decisions/0010-decode-attention.md.)
 *
 * The new token stands before the past, so that a position's place in the row, and with it the order of every sum, does
 * not depend on the capacity of the cache.
 */
export class DecodeAttention {
  private readonly constants: ReturnType<DecodeAttention['sharedValues']>;
  private readonly masks = new Map<number | undefined, string>();

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: ModelConfig,
  ) {
    this.constants = this.sharedValues();
    for (const window of new Set(config.windows)) this.masks.set(window, this.mask(window));
  }

  /** @param inputs `[B, 1, ...]` each; the result has the shape of the query */
  apply(layer: number, inputs: { query: string; key: string; value: string }): string {
    const { graph, constants } = this;
    const query = graph.node('Reshape', [inputs.query, constants.queryShape]);
    const key = graph.node('Reshape', [inputs.key, constants.keyShape]);
    const value = graph.node('Reshape', [inputs.value, constants.keyShape]);
    const scores = graph.node('Concat', [this.scores(query, key), this.pastScores(query, layer)], {
      attributes: { axis: -1 },
    });
    const masked = graph.node('Add', [scores, this.masks.get(this.config.windows[layer])!]);
    const shares = graph.node('Softmax', [masked], { attributes: { axis: -1 } });
    const [newShare, pastShares] = graph.nodes('Split', [shares, constants.newAndPast], 2, {
      attributes: { axis: -1 },
    });
    const attended = graph.node('Add', [this.pastSum(pastShares, layer), graph.node('Mul', [newShare, value])]);
    return graph.node('Reshape', [attended, constants.outputShape]);
  }

  private sharedValues() {
    const { graph } = this;
    const { heads, kvHeads, headDim } = this.config;
    const shape = (name: string, ...sizes: number[]): string =>
      graph.constant(name, BigInt64Array.from(sizes, BigInt), [sizes.length]);
    const queries = heads / kvHeads;
    const one = shape('decode_one', 1);
    const capacity = graph.node('Shape', [GRAPH.pastKey(0)], { attributes: { start: 2, end: 3 } });
    return {
      queryShape: shape('shape_decode_query', -1, kvHeads, queries, headDim),
      keyShape: shape('shape_decode_key', -1, kvHeads, 1, headDim),
      outputShape: shape('shape_decode_output', -1, 1, heads * headDim),
      newAndPast: graph.node('Concat', [one, capacity], { attributes: { axis: 0 } }),
      chunksShape: shape('shape_decode_chunks', 0, kvHeads, -1, CHUNK_TOKENS, headDim),
      sharesShape: shape('shape_decode_shares', 0, kvHeads, queries, -1, CHUNK_TOKENS),
      sumsShape: shape('shape_decode_sums', 0, kvHeads, -1, queries * headDim),
      sumShape: shape('shape_decode_sum', 0, kvHeads, queries, headDim),
      oneOfEachChunk: this.oneOfEachChunk(capacity, one),
      // Unused ones would be warned of.
      scoresOfChunks:
        headDim > UNDIVIDED_SUM
          ? {
              queryShape: shape('shape_decode_scored_query', -1, kvHeads, 1, queries, headDim),
              resultShape: shape('shape_decode_scores', 0, kvHeads, queries, -1),
            }
          : undefined,
    };
  }

  /** `[chunks, 1]` */
  private oneOfEachChunk(capacity: string, one: string): string {
    const { graph } = this;
    const chunkTokens = graph.constant('decode_chunk_tokens', BigInt64Array.of(BigInt(CHUNK_TOKENS)), [1]);
    const chunks = graph.node('Div', [capacity, chunkTokens]);
    const shape = graph.node('Concat', [chunks, one], { attributes: { axis: 0 } });
    return graph.node('Expand', [graph.constant('decode_weight_of_chunk', Float32Array.of(1), [1, 1]), shape]);
  }

  private scores(query: string, keys: string): string {
    const attributes = { transB: 1, alpha: { float: this.config.scoreScale } };
    return this.graph.node('FusedMatMul', [query, keys], { attributes, domain: 'com.microsoft' });
  }

  /** Scores against the past, `[B, kvHeads, queries, C]`. */
  private pastScores(query: string, layer: number): string {
    const { graph, constants } = this;
    const { scoresOfChunks } = constants;
    if (!scoresOfChunks) return this.scores(query, GRAPH.pastKey(layer));
    const keys = graph.node('Reshape', [GRAPH.pastKey(layer), constants.chunksShape]);
    const scores = this.scores(graph.node('Reshape', [query, scoresOfChunks.queryShape]), keys);
    return graph.node('Reshape', [this.swapped(scores), scoresOfChunks.resultShape]);
  }

  /** The values of the past, each times its share: the sum of each chunk, and then that of these. */
  private pastSum(shares: string, layer: number): string {
    const { graph, constants } = this;
    const byChunk = this.swapped(graph.node('Reshape', [shares, constants.sharesShape]));
    const values = graph.node('Reshape', [GRAPH.pastValue(layer), constants.chunksShape]);
    const sums = graph.node('Reshape', [graph.node('MatMul', [byChunk, values]), constants.sumsShape]);
    // Not `ReduceSum`, whose order depends on the number of rows and threads.
    const sum = graph.node('FusedMatMul', [sums, constants.oneOfEachChunk], {
      attributes: { transA: 1 },
      domain: 'com.microsoft',
    });
    return graph.node('Reshape', [sum, constants.sumShape]);
  }

  /** `[B, kvHeads, queries, chunks, CHUNK_TOKENS]` with queries and chunks swapped, either way. */
  private swapped(values: string): string {
    return this.graph.node('Transpose', [values], { attributes: { perm: [0, 1, 3, 2, 4] } });
  }

  /** 0 where a sequence attends, else -infinity: `[B, 1, 1, 1 + C]`, the new token first. */
  private mask(window: number | undefined): string {
    const { graph } = this;
    const scalar = (name: string, value: number): string => graph.constant(name, BigInt64Array.of(BigInt(value)), []);
    const suffix = window ?? 'all';
    const total = graph.node('ReduceSum', [this.constants.newAndPast], { attributes: { keepdims: 0 } });
    // Index 0 is the new token, index i the past position i - 1.
    const index = graph.node('Range', [scalar(`mask_begin_${suffix}`, 0), total, scalar(`mask_step_${suffix}`, 1)]);
    const last = graph.node('Cast', [GRAPH.lastPositions], { attributes: { to: 7 } });
    const lastShape = graph.constant(`shape_mask_${suffix}`, BigInt64Array.of(-1n, 1n, 1n, 1n), [4]);
    const lastPosition = graph.node('Reshape', [last, lastShape]);
    let attends = graph.node('LessOrEqual', [index, lastPosition]);
    if (window !== undefined) {
      const oldest = graph.node('Sub', [lastPosition, scalar(`mask_window_${suffix}`, window - 1)]);
      const inWindow = graph.node('Greater', [index, oldest]);
      const isNew = graph.node('Equal', [index, scalar(`mask_new_${suffix}`, 0)]);
      attends = graph.node('And', [attends, graph.node('Or', [inWindow, isNew])]);
    }
    const zero = graph.constant(`mask_zero_${suffix}`, Float32Array.of(0), []);
    const never = graph.constant(`mask_never_${suffix}`, Float32Array.of(-Infinity), []);
    return graph.node('Where', [attends, zero, never]);
  }
}
