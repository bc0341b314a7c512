import { GRAPH } from '../delta-cache-interface.js';
import type { GraphBuilder } from '../graph-builder.js';
import { PassForms } from '../pass-forms.js';
import { addBlockShares } from './block-shares.js';

/** Values of a pass that the parts of a decoder's graph share. */
export interface PassValues {
  /** The shape `[B, S, -1]`. */
  batchShape: string;
  forms: PassForms;
}

/** Declares the inputs of a pass but the past and the temperatures. */
export function addPassInputs(graph: GraphBuilder): PassValues {
  graph.input(GRAPH.inputIds, 'int32', ['B', 'S']);
  graph.input(GRAPH.positionIds, 'int64', ['B', 'S']);
  graph.input(GRAPH.lastPositions, 'int32', ['B']);
  graph.input(GRAPH.totalLength, 'int32', []);
  graph.input(GRAPH.outputRows, 'int32', ['R']);
  const any = graph.constant('shape_any', BigInt64Array.of(-1n), [1]);
  const batchShape = graph.node('Concat', [graph.node('Shape', [GRAPH.inputIds]), any], { attributes: { axis: 0 } });
  const newTokens = graph.node('Shape', [GRAPH.inputIds], { attributes: { start: 1, end: 2 } });
  const isDecode = graph.node('Equal', [newTokens, graph.constant('one_token', BigInt64Array.of(1n), [1])]);
  return { batchShape, forms: new PassForms(graph, isDecode) };
}

/** Adds what the sampler needs of {@link GRAPH.logits}, and declares all of it as outputs of the graph. */
export function addLogitOutputs(graph: GraphBuilder, vocabSize: number, cache: 'host' | 'device'): void {
  graph.node('ArgMax', [GRAPH.logits], { attributes: { axis: -1, keepdims: 0 } }, GRAPH.argmax);
  const axis = graph.constant('logits_axis', BigInt64Array.of(-1n), [1]);
  graph.node('ReduceSum', [GRAPH.logits, axis], { attributes: { keepdims: 0 } }, GRAPH.logitSum);
  if (cache === 'host') addBlockShares(graph, vocabSize);
  graph.output(GRAPH.logits, 'float32', ['R', vocabSize]);
  graph.output(GRAPH.argmax, 'int64', ['R']);
  graph.output(GRAPH.logitSum, 'float32', ['R']);
}
