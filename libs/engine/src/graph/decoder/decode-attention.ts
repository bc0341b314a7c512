import type { ModelConfig } from '../../model/model-config.js';
import { GRAPH } from '../delta-cache-interface.js';
import type { GraphBuilder } from '../graph-builder.js';

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
    const scores = graph.node('Concat', [this.scores(query, key), this.scores(query, GRAPH.pastKey(layer))], {
      attributes: { axis: -1 },
    });
    const masked = graph.node('Add', [scores, this.masks.get(this.config.windows[layer])!]);
    const shares = graph.node('Softmax', [masked], { attributes: { axis: -1 } });
    const [newShare, pastShares] = graph.nodes('Split', [shares, constants.newAndPast], 2, {
      attributes: { axis: -1 },
    });
    const ofPast = graph.node('MatMul', [pastShares, GRAPH.pastValue(layer)]);
    const attended = graph.node('Add', [ofPast, graph.node('Mul', [newShare, value])]);
    return graph.node('Reshape', [attended, constants.outputShape]);
  }

  private sharedValues() {
    const { graph } = this;
    const { heads, kvHeads, headDim } = this.config;
    const shape = (name: string, ...sizes: number[]): string =>
      graph.constant(name, BigInt64Array.from(sizes, BigInt), [sizes.length]);
    const one = shape('decode_one', 1);
    const capacity = graph.node('Shape', [GRAPH.pastKey(0)], { attributes: { start: 2, end: 3 } });
    return {
      queryShape: shape('shape_decode_query', -1, kvHeads, heads / kvHeads, headDim),
      keyShape: shape('shape_decode_key', -1, kvHeads, 1, headDim),
      outputShape: shape('shape_decode_output', -1, 1, heads * headDim),
      newAndPast: graph.node('Concat', [one, capacity], { attributes: { axis: 0 } }),
    };
  }

  private scores(query: string, keys: string): string {
    const attributes = { transB: 1, alpha: { float: this.config.scoreScale } };
    return this.graph.node('FusedMatMul', [query, keys], { attributes, domain: 'com.microsoft' });
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
