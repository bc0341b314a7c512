import type { Weights } from '../model/weights.js';
import type { ExternalDataFile } from './external-data-file.js';
import { DATA_TYPE, type GraphBuilder } from './graph-builder.js';
import { type Matrix, type MatrixPart, rowsOf } from './matrix.js';
import { MatrixStorage } from './matrix-storage.js';
import { BlockStorage } from './block-storage.js';
import { BLOCK_SIZE, blocksOf } from './quantization/block-quantization.js';
import type { Precision } from './quantization/precision.js';

export type { MatrixPart };

/** 8-bit activations are unsigned, around this zero point. */
const ACTIVATION_ZERO = 128;
const MAX_ACTIVATION = 127;

/** The zero point of what GELU gives, which has hardly any negative range, and the least value of that. */
const GELU_ZERO = 16;
const GELU_LEAST = 0.17;

/** Steps of the second 8 bits of an activation in one of the first: the error of these is half a step at most. */
const FINE_STEPS = 254;

interface LinearOptions {
  /** The rows of the input: all new tokens of the pass (the default), or those of its sequences whose logits are wanted. */
  rows?: 'tokens' | 'sequences';
  /** The result's name, where it needs one. */
  output?: string;
  /** A value `[1, rows]` that is added to each row of the result; not in int4. */
  bias?: string;
  /**
   * What 8 bits of an activation are made for: numbers around zero (the default), the results of GELU, or numbers of which a few are far
   * larger than the rest, which get 16 bits.
   */
  activations?: 'symmetric' | 'gelu' | 'outliers';
}

/** Adds linear layers `y = x * W^T` to a graph, in each precision, and stores their weights. */
export class LinearLayers {
  private readonly storage: MatrixStorage;
  private readonly blocks: BlockStorage;
  private readonly constants = new Map<string, string>();
  /** The number of rows of an input, as a shape. */
  private rowShapes: { tokens: string; sequences?: string } | undefined;

  /** @param maxWeight the largest magnitude of an int8 weight */
  constructor(
    private readonly graph: GraphBuilder,
    weights: Weights,
    data: ExternalDataFile,
    maxWeight: number,
  ) {
    this.storage = new MatrixStorage(weights, data, maxWeight);
    this.blocks = new BlockStorage(weights, data);
  }

  /**
   * Adds the nodes that int8 layers share; before the first of them, and outside of branches, which could not share them.
   * @param rows vectors as long as an input has rows
   */
  prepareInt8(rows: { tokens: string; sequences?: string }): void {
    const { graph } = this;
    const { tokens, sequences } = rows;
    this.rowShapes = { tokens: graph.node('Shape', [tokens]) };
    this.zeroPoints(ACTIVATION_ZERO, 'tokens');
    if (sequences === undefined) return;
    this.rowShapes.sequences = graph.node('Shape', [sequences]);
    this.zeroPoints(ACTIVATION_ZERO, 'sequences');
  }

  /**
   * The precision that a matrix has where `precision` is asked for: 4 bits are only made of weights that have no more in their
   * file, or of a format without such types; others, which would lose by them, have `wider`.
   */
  precisionOf(precision: Precision, matrix: Matrix, wider: Precision): Precision {
    return precision === 'int4' && this.blocks.typeOf(matrix) === 'none' ? wider : precision;
  }

  /** @param input `[n, columns]`; the result is `[n, rows]` */
  apply(precision: Precision, input: string, matrix: Matrix, options: LinearOptions = {}): string {
    switch (precision) {
      case 'fp32':
        return this.fp32(input, matrix, options);
      case 'int8':
        return this.int8(input, matrix, options);
      case 'int4':
        return this.int4(input, matrix, options);
    }
  }

  /** The rows of `matrix` that `indices` name, as float32 and multiplied by its scale. */
  gather(precision: Exclude<Precision, 'int4'>, indices: string, matrix: Matrix): string {
    const { graph } = this;
    const { name, columns, scale = 1 } = matrix;
    if (precision === 'fp32') {
      // The stored matrix may be the output projection too, which has another scale.
      const stored = graph.node('Gather', [this.store(matrix), indices]);
      return scale === 1 ? stored : graph.node('Mul', [stored, this.scalar(`${name}_scale`, scale)]);
    }
    const rows = rowsOf(matrix);
    const stored = this.storage.int8(matrix);
    const data = graph.external(name, 'int8', [rows, columns], stored.data);
    const scales = graph.external(`${name}_scales`, 'float32', [rows, 1], stored.scales);
    const gathered = graph.node('Cast', [graph.node('Gather', [data, indices])], {
      attributes: { to: DATA_TYPE.float32 },
    });
    return graph.node('Mul', [gathered, graph.node('Gather', [scales, indices])]);
  }

  /** Stores the matrix as it is, `[rows, columns]`; the same one once. */
  private store(matrix: Matrix): string {
    const { name, columns } = matrix;
    return this.once(name, () =>
      this.graph.external(name, 'float32', [rowsOf(matrix), columns], this.storage.float32(matrix)),
    );
  }

  private fp32(input: string, matrix: Matrix, { bias, output }: LinearOptions): string {
    const inputs = [input, this.store(matrix), ...(bias === undefined ? [] : [bias])];
    return this.graph.node('Gemm', inputs, { attributes: gemmOf(matrix) }, output);
  }

  /**
   * Quantises the rows of the input, multiplies in integers, which is exact in any order, and scales the result by row
   * and column.
   */
  private int8(input: string, matrix: Matrix, options: LinearOptions): string {
    const { graph } = this;
    const { rows: rowsAre = 'tokens', bias, output, activations = 'symmetric' } = options;
    const { name, columns } = matrix;
    const rows = rowsOf(matrix);
    const stored = this.storage.int8Transposed(matrix);
    const data = graph.external(`${name}_int8`, 'int8', [columns, rows], stored.data);
    const scales = graph.external(`${name}_int8_scales`, 'float32', [rows], stored.scales);

    // Rows of the input.
    const n = rowsAre === 'tokens' ? 'tokens' : 'R';
    const shaped = (value: string, ...size: number[]): string => graph.shaped(value, 'float32', [n, ...size]);
    const lastAxis = this.int64('last_axis', [-1]);
    const zero = activations === 'gelu' ? GELU_ZERO : ACTIVATION_ZERO;
    const zeros = this.zeroPoints(zero, rowsAre);
    const quantized = (values: string, by: string): string =>
      graph.shaped(graph.node('QuantizeLinear', [values, by, zeros], { attributes: { axis: 0 } }), 'uint8', [
        n,
        columns,
      ]);
    const multiplied = (values: string, factor: string): string => {
      const inputs = [values, data, factor, scales, this.zeroPoint(zero)];
      return shaped(graph.node('MatMulIntegerToFloat', inputs, { domain: 'com.microsoft' }), rows);
    };

    const steps = shaped(activations === 'gelu' ? this.geluSteps(input) : this.steps(input, [n, columns]));
    const coarse = quantized(input, steps);
    let product = multiplied(coarse, this.scalar('one', 1));
    if (activations === 'outliers') {
      const restored = graph.node('DequantizeLinear', [coarse, steps, zeros], { attributes: { axis: 0 } });
      const fineSteps = graph.node('Mul', [steps, this.scalar('fine_step', 1 / FINE_STEPS)]);
      const fine = quantized(graph.node('Sub', [input, restored]), fineSteps);
      product = shaped(graph.node('Add', [product, multiplied(fine, this.scalar('fine_step', 1 / FINE_STEPS))]), rows);
    }
    const stepsAsColumn = shaped(graph.node('Unsqueeze', [steps, lastAxis]), 1);
    const scaled = graph.node('Mul', [product, stepsAsColumn], {}, bias === undefined ? output : undefined);
    const result = bias === undefined ? scaled : graph.node('Add', [shaped(scaled, rows), bias], {}, output);
    return output === undefined ? shaped(result, rows) : result;
  }

  /** The step of each row: the largest magnitude has the largest number. A row of zeros has the step 0, by which its product is multiplied. */
  private steps(input: string, shape: [rows: string, columns: number]): string {
    const { graph } = this;
    const magnitudes = graph.shaped(graph.node('Abs', [input]), 'float32', shape);
    const largest = graph.node('ReduceMax', [magnitudes, this.int64('last_axis', [-1])], {
      attributes: { keepdims: 0 },
    });
    return graph.node('Mul', [
      graph.shaped(largest, 'float32', [shape[0]]),
      this.scalar('activation_step', 1 / MAX_ACTIVATION),
    ]);
  }

  /** The step of each row of what GELU gives, which fits the largest value and the least that there can be. */
  private geluSteps(input: string): string {
    const { graph } = this;
    const largest = graph.node('ReduceMax', [input, this.int64('last_axis', [-1])], { attributes: { keepdims: 0 } });
    const steps = graph.node('Mul', [largest, this.scalar('gelu_step', 1 / (255 - GELU_ZERO))]);
    return graph.node('Max', [steps, this.scalar('gelu_least_step', GELU_LEAST / GELU_ZERO)]);
  }

  private zeroPoint(value: number): string {
    return this.once(`zero_${value}`, () => this.graph.constant(`zero_${value}`, Uint8Array.of(value), []));
  }

  /** A zero point for each row of an input. */
  private zeroPoints(value: number, rowsAre: 'tokens' | 'sequences'): string {
    return this.once(`zeros_${value}_${rowsAre}`, () =>
      this.graph.node('Expand', [this.zeroPoint(value), this.rowShapes![rowsAre]!]),
    );
  }

  private int4(input: string, matrix: Matrix, { output }: LinearOptions): string {
    const { name, columns } = matrix;
    const rows = rowsOf(matrix);
    const blocks = blocksOf(columns);
    const stored = this.blocks.store(matrix);
    const data = this.graph.external(`${name}_int4`, 'uint8', [rows, blocks, BLOCK_SIZE / 2], stored.data);
    const scales = this.graph.external(`${name}_int4_scales`, 'float32', [rows * blocks], stored.scales);
    // Level 4 quantises activations to 8 bits by row and block, so a row's result depends on that row alone.
    const attributes = { K: columns, N: rows, bits: 4, block_size: BLOCK_SIZE, accuracy_level: 4 };
    const { graph } = this;
    const options = { attributes, domain: 'com.microsoft' as const };
    if (!stored.offsets) return graph.node('MatMulNBits', [input, data, scales], options, output);
    // An offset of a block is multiplied by the sum of the block's activations, which are not quantised for it.
    const product = graph.node('MatMulNBits', [input, data, scales], options);
    const byBlock = graph.node('Reshape', [input, this.int64(`blocks_of_${columns}`, [-1, blocks, BLOCK_SIZE])]);
    const sums = graph.node('ReduceSum', [byBlock, this.int64('last_axis', [-1])], { attributes: { keepdims: 0 } });
    const offsets = graph.external(`${name}_int4_offsets`, 'float32', [rows, blocks], stored.offsets);
    return graph.node('Gemm', [sums, offsets, product], { attributes: { transB: 1 } }, output);
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

function gemmOf({ scale = 1 }: Matrix): Record<string, number | { float: number }> {
  return { transB: 1, ...(scale !== 1 && { alpha: { float: scale } }) };
}
