import type { ModelConfig } from '../../model/model-config.js';
import { GRAPH } from '../delta-cache-interface.js';
import type { GraphBuilder } from '../graph-builder.js';
import { type Stage, stagesOf } from '../stages.js';

/** What a decoder computes, from its first layer to its logits. */
interface DecoderParts {
  /** The residual stream before the first layer. */
  embed: () => string;
  /** Some layers: the residual stream after them, and their new keys and values. */
  apply: (stage: Stage, before: string) => [after: string, newKeyValues: string];
  /** The logits of the residual stream after the last layer. */
  project: (residual: string) => string;
}

/**
 * Adds layers to a graph in stages, each of which is computed only in passes that say so, as the logits are: one pass computes the first stages, and a
 * later one goes on with what it gave, in the same kernels and so with the same bits. See docs/decisions/0053-stages.md.
 * @returns the new keys and values of each stage; nothing where it is not computed
 */
export function addStagedLayers(
  graph: GraphBuilder,
  { layers, hiddenSize, vocabSize }: Pick<ModelConfig, 'layers' | 'hiddenSize' | 'vocabSize'>,
  { embed, apply, project }: DecoderParts,
): string[] {
  const shape = ['tokens', hiddenSize];
  const nothing = graph.constant('no_key_values', new Float32Array(0), [1, 1, 0]);
  const newKeyValues: string[] = [];
  let residual = graph.input(GRAPH.residualBefore, 'float32', shape);
  for (const [i, stage] of stagesOf(layers).entries()) {
    const before = residual;
    const isLast = stage.to === layers;
    const [after, added] = graph.chooseAll(
      graph.input(GRAPH.stage(i), 'bool', []),
      () => apply(stage, i === 0 ? embed() : before),
      () => [graph.node('Identity', [before]), graph.node('Identity', [nothing])],
      [isLast ? GRAPH.residualAfter : graph.newName('If'), graph.newName('If')],
    );
    residual = isLast ? after : graph.shaped(after, 'float32', shape);
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
