import type { ModelConfig } from '../../model/model-config.js';
import { GRAPH } from '../delta-cache-interface.js';
import type { ExternalDataFile } from '../external-data-file.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { GraphOptions } from '../graph-options.js';
import type { PassForms } from '../pass-forms.js';
import type { Stage } from '../stages.js';
import { AttentionProjections } from './attention-projections.js';
import { CachedAttention } from '../attention/cached-attention.js';
import type { DecoderLayers } from './decoder-layers.js';
import { RotaryEmbedding } from './rotary-embedding.js';

/** The parts of a decoder's graph that its attention uses. */
interface AttentionParts {
  layers: DecoderLayers;
  forms: PassForms;
  /** The shape `[B, S, -1]`. */
  batchShape: string;
  data: ExternalDataFile;
  options: GraphOptions;
}

/** Adds self-attention to a graph, layer by layer, and then the outputs that carry its keys and values. */
export class Attention {
  private readonly projections: AttentionProjections;
  private readonly cached: CachedAttention;

  constructor(graph: GraphBuilder, config: ModelConfig, parts: AttentionParts) {
    const { layers, forms, batchShape, data, options } = parts;
    const { contextLength, cache, attention } = options;
    this.cached = new CachedAttention(graph, config, { forms, cache, attention });
    const rotary = new RotaryEmbedding(graph, config, data, { contextLength, positionIds: GRAPH.positionIds });
    this.projections = new AttentionProjections(graph, config, { layers, rotary, batchShape });
  }

  /** @param input `[B * S, hiddenSize]`, as the result */
  apply(layer: number, prefix: string, input: string): string {
    const { projections, cached } = this;
    return projections.output(prefix, cached.apply(layer, projections.inputs(layer, prefix, input)));
  }

  /** See {@link CachedAttention.newKeyValues}. */
  newKeyValues(stage: Stage): string {
    return this.cached.newKeyValues(stage);
  }

  /** See {@link CachedAttention.outputs}. */
  outputs(newKeyValues?: string[]): void {
    this.cached.outputs(newKeyValues);
  }
}
