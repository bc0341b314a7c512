import type { EncoderConfig } from '../../encoder/config/encoder-config.js';
import type { LayerNames } from '../../encoder/families/encoder-family.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { EncoderLayers, Projected } from './encoder-layers.js';
import { ENCODER_GRAPH } from './encoder-interface.js';

/**
 * Adds self-attention to an encoder's graph: tokens are gathered into padded texts, which attend as far as they are long, and
 * back. `GroupQueryAttention` gives a text the same bits at any padding and beside any others (test/model/encoder-invariance.spec.ts).
 */
export class EncoderAttention {
  private readonly rows: string;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: EncoderConfig,
    private readonly layers: EncoderLayers,
    relativeBias: string | undefined,
  ) {
    if (relativeBias !== undefined) throw new Error('Bug: biases by distance are not built.');
    this.rows = graph.constant('shape_rows', BigInt64Array.of(-1n, BigInt(config.hiddenSize)), [2]);
  }

  /** @param input `[N, hiddenSize]`, as the result */
  apply(layer: number, { query, key, value, output }: LayerNames, input: string): Projected {
    const { graph, layers } = this;
    const { hiddenSize, heads } = this.config;
    const parts = [query, key, value].map((tensor) => [tensor, hiddenSize] as [string, number]);
    const qkv = layers.project(input, `qkv.${layer}`, parts, hiddenSize);
    const padded = graph.node('Gather', [qkv, ENCODER_GRAPH.paddedTokens]);
    const inputs = [padded, '', '', '', '', ENCODER_GRAPH.lastPositions, ENCODER_GRAPH.paddedLength];
    const attributes = { num_heads: heads, kv_num_heads: heads, causal: 0 };
    const [attention] = graph.nodes('GroupQueryAttention', inputs, 1, { attributes, domain: 'com.microsoft' });
    const places = graph.node('Reshape', [attention, this.rows]);
    const attended = graph.node('Gather', [places, ENCODER_GRAPH.tokenPlaces]);
    return layers.projectUnbiased(attended, output, hiddenSize, hiddenSize);
  }
}
