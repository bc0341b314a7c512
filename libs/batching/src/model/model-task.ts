/** The work that a model does. */
export type ModelTask = 'generate' | 'embed' | 'classify' | 'rerank' | 'tensor';

/** Whether a model of one task can do another: what reranks has a head of one label, which classifies as well. */
export function canDo(able: ModelTask, task: ModelTask): boolean {
  return able === task || (able === 'rerank' && task === 'classify');
}
