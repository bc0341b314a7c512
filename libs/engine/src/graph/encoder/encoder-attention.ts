import type { GraphBuilder } from '../graph-builder.js';
import { ENCODER_GRAPH } from './encoder-interface.js';

/** The bias of a layer's scores, the rotation of its queries and keys, and attributes of its own. */
interface AttentionTraits {
  /** In place of those of attention in both directions. */
  attributes?: Record<string, number | { float: number }>;
  /** `[1, heads or 1, S, S]` */
  bias?: string;
  /** Tables of cosines and sines, `[positions, headDim / 2]` each. */
  rotation?: { cos: string; sin: string };
}

/**
 * Adds self-attention to an encoder's graph: tokens are gathered into padded texts, which attend as far as they are long, and
 * back. `GroupQueryAttention` gives a text the same bits at any padding and beside any others (test/long/encoder-invariance.spec.ts).
 */
export class EncoderAttention {
  private readonly rows: string;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly shape: { heads: number; kvHeads: number; headDim: number },
  ) {
    this.rows = graph.constant('shape_rows', BigInt64Array.of(-1n, BigInt(shape.heads * shape.headDim)), [2]);
  }

  /**
   * @param qkv queries, keys and values, `[N, (heads + 2 * kvHeads) * headDim]`
   * @returns `[N, heads * headDim]`
   */
  apply(qkv: string, { bias, rotation, attributes: own }: AttentionTraits = {}): string {
    const { graph } = this;
    const { heads, kvHeads } = this.shape;
    const padded = graph.node('Gather', [qkv, ENCODER_GRAPH.paddedTokens]);
    const inputs = [padded, '', '', '', '', ENCODER_GRAPH.lastPositions, ENCODER_GRAPH.paddedLength];
    if (rotation !== undefined || bias !== undefined) inputs.push(rotation?.cos ?? '', rotation?.sin ?? '');
    if (bias !== undefined) inputs.push('', bias);
    const rotates = { do_rotary: Number(rotation !== undefined) };
    const attributes = { num_heads: heads, kv_num_heads: kvHeads, causal: 0, ...rotates, ...own };
    const [attention] = graph.nodes('GroupQueryAttention', inputs, 1, { attributes, domain: 'com.microsoft' });
    return graph.node('Gather', [graph.node('Reshape', [attention, this.rows]), ENCODER_GRAPH.tokenPlaces]);
  }
}
