import type { EncoderConfig } from '../../encoder/config/encoder-config.js';
import type { LayerNames } from '../../encoder/families/encoder-family.js';
import { DATA_TYPE, type GraphBuilder } from '../graph-builder.js';
import type { EncoderLayers, Projected } from './encoder-layers.js';
import { ENCODER_GRAPH } from './encoder-interface.js';

/**
 * Adds self-attention to an encoder's graph: tokens are gathered into padded texts, which attend as far as they are long, and
 * back. `GroupQueryAttention` gives a text the same bits at any padding and beside any others (test/model/encoder-invariance.spec.ts).
 */
export class EncoderAttention {
  private readonly rows: string;
  /** `[1, heads, S, S]`, where scores have biases. */
  private readonly bias: string | undefined;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: EncoderConfig,
    private readonly layers: EncoderLayers,
    relativeBias: Float32Array | undefined,
  ) {
    this.bias = relativeBias && this.scoreBias(relativeBias);
    this.rows = graph.constant('shape_rows', BigInt64Array.of(-1n, BigInt(config.hiddenSize)), [2]);
  }

  /** @param input `[N, hiddenSize]`, as the result */
  apply(layer: number, names: LayerNames, input: string): Projected {
    const { graph, layers } = this;
    const { hiddenSize, heads } = this.config;
    const qkv = layers.attentionInputs(layer, names, input);
    const padded = graph.node('Gather', [qkv, ENCODER_GRAPH.paddedTokens]);
    const inputs = [padded, '', '', '', '', ENCODER_GRAPH.lastPositions, ENCODER_GRAPH.paddedLength];
    if (this.bias !== undefined) inputs.push('', '', '', this.bias);
    const attributes = { num_heads: heads, kv_num_heads: heads, causal: 0 };
    const [attention] = graph.nodes('GroupQueryAttention', inputs, 1, { attributes, domain: 'com.microsoft' });
    const places = graph.node('Reshape', [attention, this.rows]);
    const attended = graph.node('Gather', [places, ENCODER_GRAPH.tokenPlaces]);
    return layers.projectUnbiased(attended, [names.output, hiddenSize], hiddenSize);
  }

  /** @param biases by distance: see {@link biasesByDistance} */
  private scoreBias(biases: Float32Array): string {
    const { graph } = this;
    const { heads, maxPositions } = this.config;
    const scalar = (name: string, value: number): string => graph.constant(name, BigInt64Array.of(BigInt(value)), []);
    const axes = (name: string, ...values: number[]): string =>
      graph.constant(name, BigInt64Array.from(values, BigInt), [values.length]);
    const length = graph.node('Cast', [ENCODER_GRAPH.paddedLength], { attributes: { to: DATA_TYPE.int64 } });
    const places = graph.node('Range', [scalar('bias_begin', 0), length, scalar('bias_step', 1)]);
    const keys = graph.node('Add', [places, scalar('bias_middle', maxPositions - 1)]);
    const queries = graph.node('Unsqueeze', [places, axes('bias_query_axis', 1)]);
    const distances = graph.node('Clip', [
      graph.node('Sub', [keys, queries]),
      scalar('bias_first', 0),
      scalar('bias_last', 2 * maxPositions - 2),
    ]);
    const table = graph.constant('relative_bias', biases, [heads, 2 * maxPositions - 1]);
    const gathered = graph.node('Gather', [table, distances], { attributes: { axis: 1 } });
    return graph.node('Unsqueeze', [gathered, axes('bias_text_axis', 0)]);
  }
}
