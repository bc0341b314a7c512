import type { GraphIndex } from '../rewrite/graph-index.js';
import { intOf, nodeLabel, type OnnxNode } from '../format/onnx-model.js';

/** Where a layer of an ONNX file attends: values of its graph. */
export interface AttentionSite {
  /** Of the new tokens, `[B, heads, S, headDim]`, after all that the file does to them. */
  query: string;
  key: string;
  value: string;
  /** The past with the new ones behind. */
  keys: string;
  values: string;
  /** The product of queries and keys, what it takes of the keys, and the shares made of it. */
  scores: string;
  scoreKeys: string;
  shares: string;
  /** The result, `[B, S, heads * headDim]`. */
  output: string;
}

/** Nodes that repeat or turn keys and values on their way to a product. */
const ON_THE_WAY = new Set(['Unsqueeze', 'Expand', 'Reshape', 'Tile', 'Transpose', 'Mul', 'Div', 'Cast', 'Identity']);

/**
 * Finds the attention of a layer in a graph that appends to its past with `Concat`, as PyTorch's exporter writes it.
 * @param past names of the inputs with the layer's keys and values
 * @returns why there is none, where it is not found
 */
export function findAttention(index: GraphIndex, past: { key: string; value: string }): AttentionSite | string {
  const keyNode = appending(index, past.key);
  const valueNode = appending(index, past.value);
  if (typeof keyNode === 'string') return keyNode;
  if (typeof valueNode === 'string') return valueNode;
  const keys = keyNode.outputs[0];
  const values = valueNode.outputs[0];
  const product = productOf(index, keys);
  const sum = productOf(index, values);
  if (!product) return `the product of queries with the keys of ${nodeLabel(keyNode)} was not found`;
  if (!sum || sum === product) return `the product of shares with the values of ${nodeLabel(valueNode)} was not found`;
  const output = rowsOf(index, sum.outputs[0]);
  if (output === undefined) return `the result of ${nodeLabel(sum)} is not laid out by tokens`;
  return {
    query: product.inputs[0],
    key: keyNode.inputs[1],
    value: valueNode.inputs[1],
    keys,
    values,
    scores: product.outputs[0],
    scoreKeys: product.inputs[1],
    shares: sum.inputs[0],
    output,
  };
}

function appending(index: GraphIndex, past: string): OnnxNode | string {
  const readers = index.consumers(past).filter(({ operator }) => operator !== 'Shape');
  const [node] = readers;
  if (!node) return `nothing reads the input "${past}"`;
  const axis = intOf(node, 'axis');
  const isAppending = node.operator === 'Concat' && node.inputs.length === 2 && node.inputs[0] === past;
  if (isAppending && (axis === 2 || axis === -2) && readers.length === 1) return node;
  return `${nodeLabel(node)} reads the input "${past}", and does not append to it`;
}

/** The product whose second operand keys or values become. */
function productOf(index: GraphIndex, value: string): OnnxNode | undefined {
  for (const node of index.consumers(value)) {
    if (node.operator === 'MatMul' && node.inputs[1] === value) return node;
    if (!ON_THE_WAY.has(node.operator) || node.inputs[0] !== value) continue;
    const found = productOf(index, node.outputs[0]);
    if (found) return found;
  }
  return undefined;
}

/** The result by tokens of one by heads. */
function rowsOf(index: GraphIndex, value: string): string | undefined {
  const turned = nextOf(index, value, 'Transpose');
  const perm = turned?.attributes.find(({ name }) => name === 'perm')?.ints;
  return perm?.join() === '0,2,1,3' ? nextOf(index, turned!.outputs[0], 'Reshape')?.outputs[0] : undefined;
}

/** The only node that reads a value, past those that change nothing, where it is of that operator. */
function nextOf(index: GraphIndex, value: string, operator: string): OnnxNode | undefined {
  const readers = index.consumers(value).filter((node) => node.operator !== 'Shape');
  if (readers.length !== 1) return undefined;
  const [node] = readers;
  if (node.operator === 'Cast' || node.operator === 'Identity') return nextOf(index, node.outputs[0], operator);
  return node.operator === operator ? node : undefined;
}
