import type { ModelConfig } from '../../model/model-config.js';
import { GRAPH } from '../delta-cache-interface.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { PassForms } from '../pass-forms.js';
import { type Stage, stagesOf } from '../stages.js';

/** The parts of a decoder, from its embedding to its logits. */
interface DecoderParts {
  /** The residual stream before the first layer. */
  embed: () => string;
  /** Some layers: the residual stream after them, and their new keys and values. */
  apply: (stage: Stage, before: string) => [after: string, newKeyValues: string];
  /** The logits of the residual stream after the last layer. */
  project: (residual: string) => string;
  /** Set where each stage is made for decode passes and for prompts. */
  forms?: PassForms;
}

/**
 * Adds layers to a graph in stages, each of which is computed only in passes that say so, as the logits are: one pass computes the first stages, and a
 * later one goes on with what it gave, in the same kernels and so with the same bits. See docs/decisions/0053-stages.md.
 * @returns the new keys and values of each stage; nothing where it is not computed
 */
export function addStagedLayers(
  graph: GraphBuilder,
  { layers, hiddenSize, vocabSize }: Pick<ModelConfig, 'layers' | 'hiddenSize' | 'vocabSize'>,
  { embed, apply, project, forms }: DecoderParts,
): string[] {
  const shape = ['tokens', hiddenSize];
  const identities = (...values: string[]): string[] => values.map((value) => graph.node('Identity', [value]));
  const newKeyValues: string[] = [];
  const nothing = graph.constant('no_key_values', new Float32Array(0), [1, 1, 0]);
  const before = graph.input(GRAPH.residualBefore, 'float32', shape);
  const stages = stagesOf(layers).map((stage, i) => ({ stage, isComputed: graph.input(GRAPH.stage(i), 'bool', []) }));
  const branches = branchesOf(graph, forms);
  let residual = graph.choose(stages[0].isComputed, embed, () => identities(before)[0]);
  for (const { stage, isComputed } of stages) {
    let added = nothing;
    for (const branch of branches) {
      const [residualBefore, addedBefore] = [graph.shaped(residual, 'float32', shape), added];
      [residual, added] = graph.chooseAll(
        branch.condition(isComputed),
        () => branch.build(() => apply(stage, residualBefore)),
        () => identities(residualBefore, addedBefore),
        [graph.newName('If'), graph.newName('If')],
      );
    }
    newKeyValues.push(added);
  }
  graph.node('Identity', [residual], {}, GRAPH.residualAfter);
  graph.output(GRAPH.residualAfter, 'float32', shape);
  const none = graph.constant('no_logits', new Float32Array(0), [0, vocabSize]);
  graph.choose(
    graph.input(GRAPH.head, 'bool', []),
    () => project(residual),
    () => identities(none)[0],
    GRAPH.logits,
  );
  return newKeyValues;
}

/** A way to make a stage. */
interface Branch {
  /** True if it is computed, where its stage is. */
  condition: (isComputed: string) => string;
  build: <T>(stage: () => T) => T;
}

function branchesOf(graph: GraphBuilder, forms: PassForms | undefined): Branch[] {
  if (!forms) return [{ condition: (isComputed) => isComputed, build: (stage) => stage() }];
  const isForm = { decode: forms.isDecode, prompt: graph.node('Not', [forms.isDecode]) };
  return (['decode', 'prompt'] as const).map((form) => ({
    condition: (isComputed) => graph.node('And', [isComputed, isForm[form]]),
    build: (stage) => forms.within(form, stage),
  }));
}
