import { intAttribute } from '../../graph/encoded-graph.js';
import { intOf, nodeLabel, type OnnxAttribute, type OnnxNode } from '../format/onnx-model.js';

/** Operators whose list of axes was an attribute, and the version since which it is an input. */
const AXES_BECAME_INPUT: Record<string, number> = {
  Squeeze: 13,
  Unsqueeze: 13,
  ReduceSum: 13,
  ReduceMean: 18,
  ReduceMax: 18,
  ReduceMin: 18,
  ReduceProd: 18,
  ReduceL1: 18,
  ReduceL2: 18,
  ReduceLogSum: 18,
  ReduceLogSumExp: 18,
  ReduceSumSquare: 18,
};

/** Operators that a later version defines otherwise, with that version; decoders have none of them. */
const REDEFINED: Record<string, number> = {
  BatchNormalization: 15,
  Dropout: 12,
  GridSample: 20,
  GroupNormalization: 21,
  Hardmax: 13,
  LogSoftmax: 13,
  Resize: 13,
  Upsample: 10,
};

/** The oldest version that can be brought up to date. */
export const OLDEST_OPSET = 11;

/**
 * A node of ONNX's own operators as the newest version of them has it, of all changes since {@link OLDEST_OPSET}:
 * https://github.com/onnx/onnx/blob/main/docs/Changelog.md
 * @param version that the node was written for
 * @param constant adds a list of whole numbers to the graph and returns its name
 * @returns the nodes that take its place, or why there are none
 */
export function upgradeNode(
  node: OnnxNode,
  version: number,
  constant: (values: readonly number[]) => string,
): OnnxNode[] | string {
  const { operator, attributes } = node;
  if (node.domain !== '') return [node];
  const without = (name: string): OnnxAttribute[] => attributes.filter((attribute) => attribute.name !== name);
  const moved = (name: string): OnnxNode => {
    const list = attributes.find((attribute) => attribute.name === name)?.ints;
    if (list === undefined) return node;
    return { ...node, inputs: [node.inputs[0], constant(list)], attributes: without(name) };
  };
  if (version < (AXES_BECAME_INPUT[operator] ?? 0)) return [moved('axes')];
  if (operator === 'Split' && version < 18) return [withCount(version < 13 ? moved('split') : node)];
  if (operator === 'Softmax' && version < 13) return overAllAxes(node);
  if (version < (REDEFINED[operator] ?? 0)) return `${nodeLabel(node)} is of an older version than is supported`;
  return [node];
}

/** Parts of equal sizes are counted since version 18. */
function withCount(node: OnnxNode): OnnxNode {
  if ((node.inputs[1] ?? '') !== '') return node;
  const encoded = intAttribute('num_outputs', node.outputs.length);
  return { ...node, attributes: [...node.attributes, { name: 'num_outputs', encoded }] };
}

/** Before version 13 a softmax was one over all axes from its own on. */
function overAllAxes(node: OnnxNode): OnnxNode[] {
  const [value] = node.inputs;
  const [result] = node.outputs;
  const axis = { name: 'axis', encoded: intAttribute('axis', intOf(node, 'axis') ?? 1) };
  const last = { name: 'axis', encoded: intAttribute('axis', -1) };
  const made = (operator: string, inputs: string[], output: string, attributes: OnnxAttribute[] = []): OnnxNode => ({
    ...node,
    operator,
    inputs,
    outputs: [output],
    attributes,
  });
  return [
    made('Shape', [value], `${result}/shape`),
    made('Flatten', [value], `${result}/rows`, [axis]),
    made('Softmax', [`${result}/rows`], `${result}/shares`, [last]),
    made('Reshape', [`${result}/shares`, `${result}/shape`], result),
  ];
}
