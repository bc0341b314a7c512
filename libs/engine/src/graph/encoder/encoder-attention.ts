import type { EncoderConfig } from '../../encoder/config/encoder-config.js';
import type { GraphBuilder } from '../graph-builder.js';
import { ENCODER_GRAPH } from './encoder-interface.js';

/** The bias of a layer's scores, and the rotation of its queries and keys. */
interface AttentionTraits {
  /** `[1, heads or 1, S, S]` */
  bias?: string;
  /** Tables of cosines and sines, `[positions, headDim / 2]` each. */
  rotation?: { cos: string; sin: string };
}

/**
 * Adds self-attention to an encoder's graph: tokens are gathered into padded texts, which attend as far as they are long, and
 * back. `GroupQueryAttention` gives a text the same bits at any padding and beside any others (test/model/encoder-invariance.spec.ts).
 */
export class EncoderAttention {
  private readonly rows: string;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: EncoderConfig,
  ) {
    this.rows = graph.constant('shape_rows', BigInt64Array.of(-1n, BigInt(config.hiddenSize)), [2]);
  }

  /**
   * @param qkv queries, keys and values, `[N, 3 * hiddenSize]`
   * @returns `[N, hiddenSize]`
   */
  apply(qkv: string, { bias, rotation }: AttentionTraits = {}): string {
    const { graph } = this;
    const { heads } = this.config;
    const padded = graph.node('Gather', [qkv, ENCODER_GRAPH.paddedTokens]);
    const inputs = [padded, '', '', '', '', ENCODER_GRAPH.lastPositions, ENCODER_GRAPH.paddedLength];
    if (rotation !== undefined || bias !== undefined) inputs.push(rotation?.cos ?? '', rotation?.sin ?? '');
    if (bias !== undefined) inputs.push('', bias);
    const attributes = { num_heads: heads, kv_num_heads: heads, causal: 0, do_rotary: Number(rotation !== undefined) };
    const [attention] = graph.nodes('GroupQueryAttention', inputs, 1, { attributes, domain: 'com.microsoft' });
    return graph.node('Gather', [graph.node('Reshape', [attention, this.rows]), ENCODER_GRAPH.tokenPlaces]);
  }
}
