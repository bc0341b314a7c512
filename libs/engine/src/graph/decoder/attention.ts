import type { ModelConfig } from '../../model/model-config.js';
import { GRAPH } from '../delta-cache-interface.js';
import type { ExternalDataFile } from '../external-data-file.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { GraphOptions } from '../graph-options.js';
import { type AttentionInputs, AttentionProjections } from './attention-projections.js';
import { attentionAttributes } from './attention-attributes.js';
import { BasicAttention } from './basic-attention.js';
import { DecodeAttention } from './decode-attention.js';
import type { DecoderLayers } from './decoder-layers.js';
import { RotaryEmbedding } from './rotary-embedding.js';

/** The parts of a decoder's graph that its attention uses. */
interface AttentionParts {
  layers: DecoderLayers;
  /** True if the pass has one new token for each sequence. */
  isDecode: string;
  /** The shape `[B, S, -1]`. */
  batchShape: string;
  data: ExternalDataFile;
  options: GraphOptions;
}

/** Adds self-attention to a graph, layer by layer, and then the outputs that carry its keys and values. */
export class Attention {
  private readonly projections: AttentionProjections;
  /** Reads a cache in host memory in place. */
  private readonly decode: DecodeAttention | undefined;
  private readonly basic: BasicAttention | undefined;
  /** In the order of {@link GRAPH.newKeyValues}. */
  private readonly newKeyValues: string[] = [];

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: ModelConfig,
    private readonly parts: AttentionParts,
  ) {
    const { layers, batchShape, data, options } = parts;
    for (let layer = 0; layer < config.layers; layer++) {
      for (const name of [GRAPH.pastKey(layer), GRAPH.pastValue(layer)]) {
        graph.input(name, 'float32', ['B', config.kvHeads, 'C', config.headDim]);
      }
    }
    const { contextLength, cache } = options;
    const rotary = new RotaryEmbedding(graph, config, data, { contextLength, positionIds: GRAPH.positionIds });
    this.projections = new AttentionProjections(graph, config, { layers, rotary, batchShape });
    if (options.attention === 'basic') this.basic = new BasicAttention(graph, config);
    else if (cache === 'host') this.decode = new DecodeAttention(graph, config);
  }

  /** @param input `[B * S, hiddenSize]`, as the result */
  apply(layer: number, prefix: string, input: string): string {
    const { projections } = this;
    const inputs = projections.inputs(layer, prefix, input);
    this.newKeyValues.push(inputs.key, inputs.value);
    return projections.output(prefix, this.attend(layer, inputs));
  }

  /** Declares the keys and values of the pass as outputs of the graph. */
  outputs(): void {
    const { graph, config } = this;
    if (this.parts.options.cache === 'host') {
      graph.node('Concat', this.newKeyValues, { attributes: { axis: -1 } }, GRAPH.newKeyValues);
      graph.output(GRAPH.newKeyValues, 'float32', ['B', 'S', 2 * config.layers * config.kvHeads * config.headDim]);
      return;
    }
    for (let layer = 0; layer < config.layers; layer++) {
      for (const name of [GRAPH.presentKey(layer), GRAPH.presentValue(layer)]) {
        graph.output(name, 'float32', ['B', config.kvHeads, 'C', config.headDim]);
      }
    }
  }

  /** @returns `[B * S, heads * headDim]` */
  private attend(layer: number, inputs: AttentionInputs): string {
    const { graph, basic, decode, projections } = this;
    if (basic) return projections.rows(basic.apply(layer, inputs));
    if (!decode) {
      const present: [string, string] = [GRAPH.presentKey(layer), GRAPH.presentValue(layer)];
      return projections.rows(this.cachedAttention(layer, inputs, present));
    }
    return graph.choose(
      this.parts.isDecode,
      () => decode.apply(layer, inputs),
      () => projections.rows(this.cachedAttention(layer, inputs)),
    );
  }

  /**
   * Attention that appends the new keys and values to a copy of the past. On the host that copy is given up; several new
   * tokens of a sequence share its cost.
   */
  private cachedAttention(
    layer: number,
    { query, key, value }: AttentionInputs,
    present?: [key: string, value: string],
  ): string {
    const past = [GRAPH.pastKey(layer), GRAPH.pastValue(layer)];
    const inputs = [query, key, value, ...past, GRAPH.lastPositions, GRAPH.totalLength];
    const options = { attributes: attentionAttributes(this.config, layer), domain: 'com.microsoft' as const };
    return this.graph.nodes('GroupQueryAttention', inputs, 3, options, present)[0];
  }
}
