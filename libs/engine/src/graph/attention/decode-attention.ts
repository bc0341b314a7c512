import { GRAPH } from '../delta-cache-interface.js';
import { DATA_TYPE } from '../data-types.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { AttentionShape } from './attention-shape.js';

/** The least number there is, which no score can bring back. */
const NEVER = -(2 - 2 ** -23) * 2 ** 127;

/** The `qk_matmul_output_mode` of `Attention` that gives shares, and not scores. */
const SHARES = 3;

/**
 * Attention of one new token of each sequence, which reads the cache in place. `GroupQueryAttention` copies the whole cache
 * first; that was half of a pass of 16 sequences, see docs/decisions/0010-decode-attention.md.
 *
 * The new key and value are not in the cache yet, where their position holds zeros. So ONNX's `Attention` finds the score 0 there, to which
 * its mask adds that of the new key; and of the values it gives, the new one is missing with its share.
 *
 * ONNX Runtime computes each head on one thread, whatever else is in the pass, by kernels for a matrix of one row, which add up positions in
 * order. It takes those where products have no factor, so that queries are scaled before.
 */
export class DecodeAttention {
  private readonly constants: ReturnType<DecodeAttention['sharedValues']>;
  private readonly masks = new Map<number | undefined, string>();

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: AttentionShape,
  ) {
    this.constants = this.sharedValues();
    for (const window of new Set(config.windows)) this.masks.set(window, this.mask(window));
  }

  /**
   * @param inputs `[B, 1, ...]` each
   * @returns `[B, heads * headDim]`
   */
  apply(layer: number, inputs: { query: string; key: string; value: string }): string {
    const { graph, constants } = this;
    const scaled = graph.node('Mul', [inputs.query, constants.scale]);
    const [query, key, value] = [scaled, inputs.key, inputs.value].map((heads, i) =>
      graph.node('Reshape', [heads, i === 0 ? constants.groupedShape : constants.keyShape]),
    );
    const newScore = graph.node('FusedMatMul', [query, key], { attributes: { transB: 1 }, domain: 'com.microsoft' });
    const [pastSum, newShare] = this.attention(layer, query, newScore);
    const attended = graph.node('Add', [pastSum, graph.node('Mul', [newShare, value])]);
    return graph.node('Reshape', [attended, constants.outputShape]);
  }

  /**
   * @param query `[B, kvHeads, queries, headDim]`
   * @param newScore `[B, kvHeads, queries, 1]`
   * @returns the sum of the past, in the shape of the query, and the share of the new token, in that of its score
   */
  private attention(layer: number, query: string, newScore: string): [pastSum: string, newShare: string] {
    const { graph, constants } = this;
    const reshaped = (value: string, shape: string): string => graph.node('Reshape', [value, shape]);
    const mask = this.masks.get(this.config.windows[layer])!;
    const added = graph.node('Where', [constants.isNew, reshaped(newScore, constants.headScoreShape), mask]);
    const inputs = [reshaped(query, constants.headShape), GRAPH.pastKey(layer), GRAPH.pastValue(layer), added];
    const attributes = { scale: { float: 1 }, qk_matmul_output_mode: SHARES };
    // Outputs 1 and 2 would be copies of the cache.
    const [sum, , , shares] = graph.nodes('Attention', inputs, 4, { attributes, unused: [1, 2] });
    const newShare = graph.node('GatherElements', [shares, constants.newIndex], { attributes: { axis: -1 } });
    return [reshaped(sum, constants.groupedShape), reshaped(newShare, constants.groupedScoreShape)];
  }

  private sharedValues() {
    const { graph } = this;
    const { heads, kvHeads, headDim, scoreScale } = this.config;
    const shape = (name: string, ...sizes: number[]): string =>
      graph.constant(name, BigInt64Array.from(sizes, BigInt), [sizes.length]);
    const queries = heads / kvHeads;
    const scalar = (name: string, value: number): string => graph.constant(name, BigInt64Array.of(BigInt(value)), []);
    const capacity = graph.node('Gather', [graph.node('Shape', [GRAPH.pastKey(0)]), scalar('decode_capacity_axis', 2)]);
    const positions = graph.node('Range', [scalar('decode_begin', 0), capacity, scalar('decode_step', 1)]);
    const last = graph.node('Cast', [GRAPH.lastPositions], { attributes: { to: DATA_TYPE.int64 } });
    const lastPosition = graph.node('Reshape', [last, shape('shape_last_position', -1, 1, 1, 1)]);
    const rows = graph.node('Shape', [GRAPH.lastPositions]);
    return {
      scale: graph.constant('decode_scale', Float32Array.of(scoreScale), []),
      groupedShape: shape('shape_decode_query', -1, kvHeads, queries, headDim),
      groupedScoreShape: shape('shape_decode_score', -1, kvHeads, queries, 1),
      headShape: shape('shape_decode_heads', -1, heads, 1, headDim),
      headScoreShape: shape('shape_decode_head_scores', -1, heads, 1, 1),
      keyShape: shape('shape_decode_key', -1, kvHeads, 1, headDim),
      outputShape: shape('shape_decode_output', -1, heads * headDim),
      positions,
      lastPosition,
      /** True at the position of the new token: `[B, 1, 1, C]`. */
      isNew: graph.node('Equal', [positions, lastPosition]),
      /** The position of the new token: `[B, heads, 1, 1]`. */
      newIndex: graph.node('Expand', [
        lastPosition,
        graph.node('Concat', [rows, shape('decode_head_sizes', heads, 1, 1)], { attributes: { axis: 0 } }),
      ]),
    };
  }

  /** 0 where a sequence attends to its past, elsewhere {@link NEVER}: `[B, 1, 1, C]`. */
  private mask(window: number | undefined): string {
    const { graph } = this;
    const { positions, lastPosition } = this.constants;
    const suffix = window ?? 'all';
    let attends = graph.node('Less', [positions, lastPosition]);
    if (window !== undefined) {
      const size = graph.constant(`mask_window_${suffix}`, BigInt64Array.of(BigInt(window)), []);
      const oldest = graph.node('Sub', [lastPosition, size]);
      attends = graph.node('And', [attends, graph.node('Greater', [positions, oldest])]);
    }
    const zero = graph.constant(`mask_zero_${suffix}`, Float32Array.of(0), []);
    const never = graph.constant(`mask_never_${suffix}`, Float32Array.of(NEVER), []);
    return graph.node('Where', [attends, zero, never]);
  }
}
