import { GRAPH } from '../delta-cache-interface.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { AttentionInputs, AttentionShape } from './attention-shape.js';

/** The least number there is: the score of a position that is not attended to. */
const NEVER = -(2 - 2 ** -23) * 2 ** 127;

/** A position that comes after every query. */
const NOWHERE = 2n ** 40n;

/**
 * Attention of products, comparisons and a softmax, for a provider that has no fused kernel for float32: CUDA's `GroupQueryAttention` takes
 * 16-bit floats only. It takes any number of new tokens of any number of sequences, and copies the cache.
 */
export class BasicAttention {
  private readonly constants: ReturnType<BasicAttention['sharedValues']>;
  private readonly masks = new Map<number | undefined, string>();

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: AttentionShape,
  ) {
    this.constants = this.sharedValues();
    for (const window of new Set(config.windows)) this.masks.set(window, this.attends(window));
  }

  /** @returns `[B, S, heads * headDim]` */
  apply(layer: number, { query, key, value }: AttentionInputs): string {
    const { graph, constants } = this;
    const reshape = (tensor: string, shape: string): string => graph.node('Reshape', [tensor, shape]);
    const transpose = (tensor: string, ...perm: number[]): string =>
      graph.node('Transpose', [tensor], { attributes: { perm } });
    const append = (past: string, tensor: string): string => {
      const newHeads = transpose(reshape(tensor, constants.newShape), 0, 2, 1, 3);
      return graph.node('Concat', [past, newHeads], { attributes: { axis: 2 } });
    };
    const scaled = graph.node('Mul', [query, constants.scale]);
    const queries = transpose(reshape(scaled, constants.queryShape), 0, 2, 3, 1, 4);
    const scores = graph.node(
      'FusedMatMul',
      [reshape(queries, constants.groupShape), append(GRAPH.pastKey(layer), key)],
      { attributes: { transB: 1 }, domain: 'com.microsoft' },
    );
    const masked = graph.node('Where', [
      this.masks.get(this.config.windows[layer])!,
      reshape(scores, constants.scoreShape),
      constants.never,
    ]);
    const shares = graph.node('Softmax', [masked], { attributes: { axis: -1 } });
    const sums = graph.node('MatMul', [reshape(shares, constants.shareShape), append(GRAPH.pastValue(layer), value)]);
    return reshape(transpose(reshape(sums, constants.sumShape), 0, 3, 1, 2, 4), constants.resultShape);
  }

  private sharedValues() {
    const { graph } = this;
    const { heads, kvHeads, headDim, scoreScale } = this.config;
    const vector = (name: string, ...values: number[]): string =>
      graph.constant(`attention_${name}`, BigInt64Array.from(values, BigInt), [values.length]);
    const scalar = (name: string, value: bigint): string =>
      graph.constant(`attention_${name}`, BigInt64Array.of(value), []);
    /** A shape with sizes that the pass decides. */
    const shape = (name: string, ...sizes: (number | string)[]): string => {
      const parts = sizes.map((size, i) => (typeof size === 'string' ? size : vector(`${name}_${i}`, size)));
      return graph.node('Concat', parts, { attributes: { axis: 0 } });
    };
    const [batch, newTokens] = [0, 1].map((axis) =>
      graph.node('Shape', [GRAPH.inputIds], { attributes: { start: axis, end: axis + 1 } }),
    );
    const capacity = graph.node('Gather', [graph.node('Shape', [GRAPH.pastKey(0)]), scalar('capacity_axis', 2n)]);
    const places = graph.node('Range', [scalar('begin', 0n), capacity, scalar('step', 1n)]);
    const pastLengths = graph.node('Slice', [
      GRAPH.positionIds,
      vector('first', 0),
      vector('second', 1),
      vector('token_axis', 1),
    ]);
    const isPast = graph.node('Less', [places, pastLengths]);
    const pastPositions = graph.node('Where', [isPast, places, scalar('nowhere', NOWHERE)]);
    const keyPositions = graph.node('Concat', [pastPositions, GRAPH.positionIds], { attributes: { axis: 1 } });
    const groups = heads / kvHeads;
    return {
      scale: graph.constant('attention_scale', Float32Array.of(scoreScale), []),
      never: graph.constant('attention_never', Float32Array.of(NEVER), []),
      newShape: shape('new', batch, newTokens, kvHeads, headDim),
      queryShape: shape('query', batch, newTokens, kvHeads, groups, headDim),
      groupShape: shape('group', batch, kvHeads, -1, headDim),
      scoreShape: shape('score', batch, kvHeads, groups, newTokens, -1),
      shareShape: graph.node(
        'Concat',
        [
          batch,
          vector('share_heads', kvHeads),
          graph.node('Mul', [newTokens, vector('share_groups', groups)]),
          vector('share_rest', -1),
        ],
        { attributes: { axis: 0 } },
      ),
      sumShape: shape('sum', batch, kvHeads, groups, newTokens, headDim),
      resultShape: shape('result', batch, newTokens, heads * headDim),
      /** `[B, 1, 1, S, 1]` */
      queryPositions: graph.node('Unsqueeze', [GRAPH.positionIds, vector('query_axes', 1, 2, 4)]),
      /** `[B, 1, 1, 1, C + S]` */
      keyPositions: graph.node('Unsqueeze', [keyPositions, vector('key_axes', 1, 2, 3)]),
    };
  }

  /** True where a query attends to a key: `[B, 1, 1, S, C + S]`. */
  private attends(window: number | undefined): string {
    const { graph } = this;
    const { queryPositions, keyPositions } = this.constants;
    const isReached = graph.node('LessOrEqual', [keyPositions, queryPositions]);
    if (window === undefined) return isReached;
    const size = graph.constant(`attention_window_${window}`, BigInt64Array.of(BigInt(window)), []);
    const oldest = graph.node('Sub', [queryPositions, size]);
    return graph.node('And', [isReached, graph.node('Greater', [keyPositions, oldest])]);
  }
}
