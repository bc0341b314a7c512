import type { Weights } from '../model/weights.js';
import { BLOCK_SIZE, blocksOf, quantizeBlocks } from './block-quantization.js';
import type { ExternalDataFile } from './external-data-file.js';
import { DATA_TYPE, type GraphBuilder } from './graph-builder.js';
import type { Precision } from './precision.js';
import { quantizeRows, transposeInto } from './row-quantization.js';

/** A tensor of the weights, and how many rows it has. */
export type MatrixPart = [tensor: string, rows: number];

/** Tensors of `columns` columns each, one below the other, taken as one matrix. */
export interface Matrix {
  /** Unique in the graph. */
  name: string;
  parts: MatrixPart[];
  columns: number;
}

/** 8-bit activations are unsigned, around this zero point. */
const ACTIVATION_ZERO = 128;
const MAX_ACTIVATION = 127;

/** Adds linear layers `y = x * W^T` to a graph, in each precision, and stores their weights. */
export class LinearLayers {
  private readonly constants = new Map<string, string>();

  /** @param maxWeight the largest magnitude of an int8 weight */
  constructor(
    private readonly graph: GraphBuilder,
    private readonly weights: Weights,
    private readonly data: ExternalDataFile,
    private readonly maxWeight: number,
  ) {}

  /**
   * @param input `[n, columns]`; the result is `[n, rows]`
   * @param output the result's name, where it needs one
   */
  apply(precision: Precision, input: string, matrix: Matrix, output?: string): string {
    switch (precision) {
      case 'fp32':
        return this.graph.node('Gemm', [input, this.store(matrix)], { attributes: { transB: 1 } }, output);
      case 'int8':
        return this.int8(input, matrix, output);
      case 'int4':
        return this.int4(input, matrix, output);
    }
  }

  /** The rows of `matrix` that `indices` name, as float32. */
  gather(precision: Precision, indices: string, matrix: Matrix): string {
    const { graph } = this;
    if (precision === 'fp32') return graph.node('Gather', [this.store(matrix), indices]);
    const { name, columns } = matrix;
    const parts = this.quantizedRows(matrix);
    const rows = rowsOf(matrix);
    const data = graph.external(name, 'int8', [rows, columns], this.data.append(parts.map((part) => part.data)));
    const scales = this.float32(
      `${name}_scales`,
      [rows, 1],
      parts.map((part) => part.scales),
    );
    const gathered = graph.node('Cast', [graph.node('Gather', [data, indices])], {
      attributes: { to: DATA_TYPE.float32 },
    });
    return graph.node('Mul', [gathered, graph.node('Gather', [scales, indices])]);
  }

  /** Stores the matrix as it is, `[rows, columns]`; the same one once. */
  private store(matrix: Matrix): string {
    const { name, parts, columns } = matrix;
    return this.once(name, () => {
      const { weights } = this;
      const range = this.data.append(
        (function* () {
          for (const [tensor, rows] of parts) yield weights.read(tensor, [rows, columns]);
        })(),
      );
      return this.graph.external(name, 'float32', [rowsOf(matrix), columns], range);
    });
  }

  /**
   * Quantises the rows of the input, multiplies in integers, which is exact in any order, and scales the result by row
   * and column.
   */
  private int8(input: string, matrix: Matrix, output?: string): string {
    const { graph } = this;
    const { name, columns } = matrix;
    const rows = rowsOf(matrix);
    const parts = this.quantizedRows(matrix);
    const transposed = new Int8Array(rows * columns);
    let at = 0;
    for (const { data, scales } of parts) {
      transposeInto(transposed, { width: rows, at }, data, columns);
      at += scales.length;
    }
    const data = graph.external(`${name}_int8`, 'int8', [columns, rows], this.data.append([transposed]));
    const scales = this.float32(
      `${name}_int8_scales`,
      [rows],
      parts.map((part) => part.scales),
    );

    const largest = graph.node('ReduceMax', [graph.node('Abs', [input]), this.int64('last_axis', [-1])], {
      attributes: { keepdims: 0 },
    });
    const step = graph.node('Mul', [largest, this.scalar('activation_step', 1 / MAX_ACTIVATION)]);
    // A row of zeros must not divide by zero.
    const rowScales = graph.node('Max', [step, this.scalar('smallest_step', 1e-30)]);
    const zero = this.once('activation_zero', () =>
      graph.constant('activation_zero', Uint8Array.of(ACTIVATION_ZERO), []),
    );
    const zeros = graph.node('Expand', [zero, graph.node('Shape', [rowScales])]);
    const quantized = graph.node('QuantizeLinear', [input, rowScales, zeros], { attributes: { axis: 0 } });
    const product = graph.node('MatMulIntegerToFloat', [quantized, data, this.scalar('one', 1), scales, zero], {
      domain: 'com.microsoft',
    });
    return graph.node(
      'Mul',
      [product, graph.node('Unsqueeze', [rowScales, this.int64('last_axis', [-1])])],
      {},
      output,
    );
  }

  private int4(input: string, matrix: Matrix, output?: string): string {
    const { name, parts, columns } = matrix;
    const rows = rowsOf(matrix);
    const blocks = blocksOf(columns);
    const quantized = parts.map(([tensor, count]) =>
      quantizeBlocks(this.weights.read(tensor, [count, columns]), columns, 4),
    );
    const range = this.data.append(quantized.map((part) => part.data));
    const data = this.graph.external(`${name}_int4`, 'uint8', [rows, blocks, BLOCK_SIZE / 2], range);
    const scales = this.float32(
      `${name}_int4_scales`,
      [rows * blocks],
      quantized.map((part) => part.scales),
    );
    // Level 4 quantises activations to 8 bits by row and block, so a row's result depends on that row alone.
    const attributes = { K: columns, N: rows, bits: 4, block_size: BLOCK_SIZE, accuracy_level: 4 };
    return this.graph.node('MatMulNBits', [input, data, scales], { attributes, domain: 'com.microsoft' }, output);
  }

  private quantizedRows({ parts, columns }: Matrix) {
    return parts.map(([tensor, rows]) =>
      quantizeRows(this.weights.read(tensor, [rows, columns]), columns, this.maxWeight),
    );
  }

  private float32(name: string, dimensions: number[], parts: Float32Array[]): string {
    return this.graph.external(name, 'float32', dimensions, this.data.append(parts));
  }

  private scalar(name: string, value: number): string {
    return this.once(name, () => this.graph.constant(name, Float32Array.of(value), []));
  }

  private int64(name: string, values: number[]): string {
    return this.once(name, () => this.graph.constant(name, BigInt64Array.from(values, BigInt), [values.length]));
  }

  private once(name: string, create: () => string): string {
    const known = this.constants.get(name);
    if (known !== undefined) return known;
    const created = create();
    this.constants.set(name, created);
    return created;
  }
}

function rowsOf({ parts }: Matrix): number {
  return parts.reduce((sum, [, rows]) => sum + rows, 0);
}
