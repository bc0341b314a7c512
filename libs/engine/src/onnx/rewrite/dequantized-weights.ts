import type { ExternalDataFile } from '../../graph/external-data-file.js';
import type { GraphBuilder } from '../../graph/graph-builder.js';
import type { OnnxFile } from '../format/onnx-file.js';
import { intOf, type OnnxNode, type OnnxTensor } from '../format/onnx-model.js';
import { smallValues } from '../format/tensor-elements.js';
import type { GraphImporter } from './graph-importer.js';
import type { GraphIndex } from './graph-index.js';

interface Source {
  file: OnnxFile;
  index: GraphIndex;
  builder: GraphBuilder;
  data: ExternalDataFile;
}

/**
 * Stores matrices in float32 that a file has in 8 bits and makes floats of in each pass, transposed or not: the output projection of a
 * model whose embedding it shares, mostly. The numbers are the same, and the pass has nothing to do.
 */
export function storeDequantized(importer: GraphImporter, source: Source): void {
  for (const node of source.index.graph.nodes) {
    const matrix = matrixOf(node, source);
    if (matrix) importer.replace(node.outputs[0], [], () => store(node.outputs[0], matrix, source));
  }
}

/** Rows of numbers of 8 bits, and how they become floats. */
interface Matrix {
  tensor: OnnxTensor;
  isTransposed: boolean;
  /** Of all elements, or of each along an axis of the result. */
  scales: number[];
  zeros: number[];
  axis: number;
}

function matrixOf(node: OnnxNode, { file, index }: Source): Matrix | undefined {
  if (node.operator !== 'DequantizeLinear' || intOf(node, 'block_size')) return undefined;
  const [value, scale, zero] = node.inputs;
  const turned = index.producer(value);
  const perm = turned?.attributes.find(({ name }) => name === 'perm')?.ints;
  const isTransposed = turned?.operator === 'Transpose' && (perm === undefined || perm.join() === '1,0');
  const tensor = index.constant(isTransposed ? turned.inputs[0] : value);
  if (tensor?.dims.length !== 2 || (tensor.type !== 'int8' && tensor.type !== 'uint8')) return undefined;
  const numbers = (name: string | undefined): number[] | undefined => {
    const list = name === undefined || name === '' ? undefined : index.constant(name);
    return list && smallValues(list.type, file.bytesOf(list));
  };
  const scales = numbers(scale);
  if (!scales) return undefined;
  return { tensor, isTransposed, scales, zeros: numbers(zero) ?? [0], axis: (intOf(node, 'axis') ?? 1) & 1 };
}

function store(
  name: string,
  { tensor, isTransposed, scales, zeros, axis }: Matrix,
  { file, builder, data }: Source,
): string {
  const bytes = file.bytesOf(tensor);
  const stored = tensor.type === 'int8' ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
  const [rows, columns] = isTransposed ? tensor.dims.toReversed() : tensor.dims;
  const floats = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const place = axis === 0 ? row : column;
      const element = stored[isTransposed ? column * rows + row : row * columns + column];
      const factor = scales.length === 1 ? scales[0] : scales[place];
      floats[row * columns + column] = factor * (element - (zeros.length === 1 ? zeros[0] : zeros[place]));
    }
  }
  return builder.external(`floats of ${name}`, 'float32', [rows, columns], data.append(floats));
}
