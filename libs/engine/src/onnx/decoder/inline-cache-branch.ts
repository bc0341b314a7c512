import type { OnnxGraph, OnnxNode } from '../format/onnx-model.js';

const CHOICE = 'use_cache_branch';

/**
 * The graph with the past, where a file has two in one: those of older exporters choose by an input of their own whether keys and values of
 * earlier tokens are there. An empty past does as well.
 */
export function inlineCacheBranch(graph: OnnxGraph): OnnxGraph {
  const choice = graph.nodes.find(({ operator, inputs }) => operator === 'If' && inputs[0] === CHOICE);
  const branch = choice?.attributes.find(({ name }) => name === 'then_branch')?.graph;
  if (!choice || !branch) return graph;
  const aliases = branch.outputs.map(({ name }, i): OnnxNode => ({
    name: '',
    operator: 'Identity',
    domain: '',
    inputs: [name],
    outputs: [choice.outputs[i]],
    attributes: [],
  }));
  return {
    ...graph,
    initializers: new Map([...graph.initializers, ...branch.initializers]),
    inputs: graph.inputs.filter(({ name }) => name !== CHOICE),
    nodes: graph.nodes.flatMap((node) => (node === choice ? [...branch.nodes, ...aliases] : [node])),
  };
}
