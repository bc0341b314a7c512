import type { ModelConfig } from '../../model/model-config.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { Stage } from '../stages.js';
import type { DecoderLayers } from './decoder-layers.js';
import type { FeedForward } from './feed-forward.js';

/** Parts of a decoder that its blocks are composed of. */
interface BlockParts {
  layers: DecoderLayers;
  /** Attention with its projections: `[tokens, hiddenSize]` to the same. */
  attention: { apply(layer: number, prefix: string, input: string): string };
  feedForward: FeedForward;
}

/** Adds the blocks of a decoder to a graph: attention and MLP of each layer, with their normalisations and residual sums. */
export class DecoderBlocks {
  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: ModelConfig,
    private readonly parts: BlockParts,
  ) {}

  /**
   * Adds the blocks of some layers.
   * @param residual `[B * S, hiddenSize]`: the residual stream before them
   * @param onLayer called when so many layers are built
   * @returns the residual stream after them
   */
  apply(residual: string, stage: Stage, onLayer: (layers: number) => void): string {
    return this.config.blockNorms === 'output'
      ? this.withoutInputNorms(residual, stage, onLayer)
      : this.withInputNorms(residual, stage, onLayer);
  }

  /** The sum of a block and the normalisation of the next block's input are one node. */
  private withInputNorms(before: string, { from, to }: Stage, onLayer: (layers: number) => void): string {
    const { graph, config } = this;
    const { layers, attention, feedForward } = this.parts;
    const hasOutputNorms = config.blockNorms === 'both';
    const outputNorm = (output: string, weight: string): string =>
      hasOutputNorms ? layers.norm(output, weight, config.hiddenSize) : output;
    const inputNorm = (layer: number): string => `model.layers.${layer}.input_layernorm.weight`;
    // The kernel that adds rounds its norm otherwise than the one that does not: a stage begins with the bits that it would have within another one.
    let [normed, residual] =
      from === 0
        ? [layers.norm(before, inputNorm(from), config.hiddenSize), before]
        : layers.addAndNorm(before, graph.node('Sub', [before, before]), inputNorm(from));
    for (let layer = from; layer < to; layer++) {
      const prefix = `model.layers.${layer}.`;
      const afterAttention = `${prefix}post_attention_layernorm.weight`;
      const beforeMlp = hasOutputNorms ? `${prefix}pre_feedforward_layernorm.weight` : afterAttention;
      const attended = outputNorm(attention.apply(layer, prefix, normed), afterAttention);
      [normed, residual] = layers.addAndNorm(residual, attended, beforeMlp);
      const fed = outputNorm(feedForward.apply(prefix, normed), `${prefix}post_feedforward_layernorm.weight`);
      if (layer < to - 1) [normed, residual] = layers.addAndNorm(residual, fed, inputNorm(layer + 1));
      else residual = graph.node('Add', [residual, fed]);
      onLayer(layer + 1);
    }
    return residual;
  }

  private withoutInputNorms(before: string, { from, to }: Stage, onLayer: (layers: number) => void): string {
    const { graph, config } = this;
    const { layers, attention, feedForward } = this.parts;
    const addNormed = (residual: string, output: string, weight: string): string =>
      graph.node('Add', [residual, layers.norm(output, weight, config.hiddenSize)]);
    let residual = before;
    for (let layer = from; layer < to; layer++) {
      const prefix = `model.layers.${layer}.`;
      const attended = attention.apply(layer, prefix, residual);
      residual = addNormed(residual, attended, `${prefix}post_attention_layernorm.weight`);
      const fed = feedForward.apply(prefix, residual);
      residual = addNormed(residual, fed, `${prefix}post_feedforward_layernorm.weight`);
      onLayer(layer + 1);
    }
    return residual;
  }
}
