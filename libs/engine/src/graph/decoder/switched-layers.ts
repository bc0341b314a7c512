import type { ModelConfig } from '../../model/model-config.js';
import { GRAPH } from '../delta-cache-interface.js';
import type { GraphBuilder } from '../graph-builder.js';

/** What a decoder computes, from its first layer to its logits. */
interface DecoderParts {
  /** The residual stream before the first layer. */
  embed: () => string;
  /** A layer: the residual stream after it, and its new keys and values. */
  layer: (layer: number, before: string) => [after: string, newKeyValues: string];
  /** The logits of the residual stream after the last layer. */
  project: (residual: string) => string;
}

/**
 * Adds layers to a graph each of which is computed only in passes that say so, and so are the logits: one pass computes the first layers, and a
 * later one goes on with what it gave, in the same kernels and so with the same bits. See docs/decisions/0053-layer-slices.md.
 * @returns the new keys and values of each layer; of none where it is not computed
 */
export function addSwitchedLayers(
  graph: GraphBuilder,
  { layers, hiddenSize, vocabSize }: Pick<ModelConfig, 'layers' | 'hiddenSize' | 'vocabSize'>,
  { embed, layer, project }: DecoderParts,
): string[] {
  const shape = ['tokens', hiddenSize];
  const newKeyValues: string[] = [];
  const nothing = graph.constant('no_key_values', new Float32Array(0), [1, 1, 0]);
  let residual = graph.input(GRAPH.residualBefore, 'float32', shape);
  for (let i = 0; i < layers; i++) {
    const before = residual;
    const [after, added] = graph.chooseAll(
      graph.input(GRAPH.layer(i), 'bool', []),
      () => layer(i, i === 0 ? embed() : before),
      () => [graph.node('Identity', [before]), graph.node('Identity', [nothing])],
      [i === layers - 1 ? GRAPH.residualAfter : graph.newName('If'), graph.newName('If')],
    );
    residual = i === layers - 1 ? after : graph.shaped(after, 'float32', shape);
    newKeyValues.push(added);
  }
  graph.output(GRAPH.residualAfter, 'float32', shape);
  const none = graph.constant('no_logits', new Float32Array(0), [0, vocabSize]);
  graph.choose(
    graph.input(GRAPH.head, 'bool', []),
    () => project(residual),
    () => graph.node('Identity', [none]),
    GRAPH.logits,
  );
  return newKeyValues;
}
