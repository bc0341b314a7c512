import type { OnnxGraph } from './onnx-model.js';
import { elementCount, tensorBytes } from './tensor-elements.js';

/** The weights of a graph, as far as they cost memory and time. */
export interface OnnxWeights {
  /** Bytes in memory, where numbers of 16 bits have 32. */
  bytes: number;
  /** Elements of all matrices. */
  elements: number;
  /** True if there are matrices of blocks of 4 or 8 bits. */
  hasBlocks: boolean;
}

/** Counts the weights of a graph. */
export function readOnnxWeights({ initializers, nodes }: OnnxGraph): OnnxWeights {
  let bytes = 0;
  let elements = 0;
  for (const { type, dims } of initializers.values()) {
    const isHalf = type === 'float16' || type === 'bfloat16';
    bytes += (tensorBytes({ type, dims }) ?? 0) * (isHalf ? 2 : 1);
    if (dims.length > 1) elements += elementCount(dims) * (type === 'uint8' && dims.length === 3 ? 2 : 1);
  }
  // Matrices that a file makes floats of in each pass are stored as floats.
  for (const { operator, inputs } of nodes) {
    const matrix = operator === 'DequantizeLinear' ? initializers.get(sourceOf(inputs[0], nodes)) : undefined;
    if (matrix?.dims.length === 2) bytes += 4 * elementCount(matrix.dims);
  }
  return { bytes, elements, hasBlocks: nodes.some(({ operator }) => operator === 'MatMulNBits') };
}

/** The value that a value is a transposition of, or itself. */
function sourceOf(value: string, nodes: OnnxGraph['nodes']): string {
  const turned = nodes.find(({ operator, outputs }) => operator === 'Transpose' && outputs[0] === value);
  return turned?.inputs[0] ?? value;
}
