import type { GraphBuilder } from '../graph-builder.js';
import { type Matrix, rowsOf } from './matrix.js';
import type { MatrixStorage } from './matrix-storage.js';
import type { LinearOptions } from './linear-options.js';
import type { SharedValues } from './shared-values.js';

/** 8-bit activations are unsigned, around this zero point. */
const ACTIVATION_ZERO = 128;
const MAX_ACTIVATION = 127;

/** The zero point of what GELU gives, which has hardly any negative range, and the least value of that. */
const GELU_ZERO = 16;
const GELU_LEAST = 0.17;

/**
 * The largest magnitude that 8 bits can express of numbers that are normally distributed with variance 1; the few larger ones are cut off. It gives the
 * least mean squared error: Banner et al., https://arxiv.org/abs/1810.05723.
 */
const NORMAL_RANGE = 4;

/** Steps of the second 8 bits of an activation in one of the first: the error of these is half a step at most. */
const FINE_STEPS = 254;

/** A matrix, and the nodes that multiply by it. */
interface Product {
  /** The number of rows of the input, by name. */
  n: string;
  columns: number;
  zero: number;
  shaped(value: string): string;
  quantized(values: string, steps: string, zeros: string, attributes?: Record<string, number>): string;
  multiplied(values: string, factor: string, output?: string): string;
}

/** Adds products with 8-bit weights and activations to a graph. */
export class Int8Products {
  /** The number of rows of an input, as a shape. */
  private rowShapes: { tokens: string; sequences?: string } | undefined;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly storage: MatrixStorage,
    private readonly shared: SharedValues,
  ) {}

  /**
   * Adds the nodes that the products share; before the first of them, and outside of branches, which could not share them.
   * @param rows vectors as long as an input has rows
   */
  prepare(rows: { tokens: string; sequences?: string }): void {
    const { graph } = this;
    const { tokens, sequences } = rows;
    this.rowShapes = { tokens: graph.node('Shape', [tokens]) };
    this.zeroPoints(ACTIVATION_ZERO, 'tokens');
    if (sequences === undefined) return;
    this.rowShapes.sequences = graph.node('Shape', [sequences]);
    this.zeroPoints(ACTIVATION_ZERO, 'sequences');
  }

  /**
   * Quantises the rows of the input, multiplies in integers, which is exact in any order, and scales the result by row
   * and column.
   */
  apply(input: string, matrix: Matrix, options: LinearOptions): string {
    const { rows = 'tokens', bias, output, activations = 'symmetric' } = options;
    const zero = activations === 'gelu' ? GELU_ZERO : ACTIVATION_ZERO;
    const product = this.product(matrix, rows === 'tokens' ? 'tokens' : 'R', zero);
    const last = bias === undefined ? output : undefined;
    const scaled =
      activations === 'normal' ? this.ofNormal(input, product, last) : this.ofRows(input, product, options, last);
    const result = bias === undefined ? scaled : this.graph.node('Add', [product.shaped(scaled), bias], {}, output);
    return output === undefined ? product.shaped(result) : result;
  }

  /** The nodes of a matrix with an input of `n` rows. */
  private product(matrix: Matrix, n: string, zero: number): Product {
    const { graph } = this;
    const { name, columns } = matrix;
    const rows = rowsOf(matrix);
    const scales = `${name}_int8_scales`;
    const data = this.shared.once(`${name}_int8`, () => {
      const stored = this.storage.int8Transposed(matrix);
      graph.external(scales, 'float32', [rows], stored.scales);
      return graph.external(`${name}_int8`, 'int8', [columns, rows], stored.data);
    });
    return {
      n,
      columns,
      zero,
      shaped: (value) => graph.shaped(value, 'float32', [n, rows]),
      quantized: (values, steps, zeros, attributes = {}) =>
        graph.shaped(graph.node('QuantizeLinear', [values, steps, zeros], { attributes }), 'uint8', [n, columns]),
      multiplied: (values, factor, output) => {
        const inputs = [values, data, factor, scales, this.zeroPoint(zero)];
        return graph.node('MatMulIntegerToFloat', inputs, { domain: 'com.microsoft' }, output);
      },
    };
  }

  private ofNormal(input: string, { zero, quantized, multiplied }: Product, output: string | undefined): string {
    const step = this.shared.scalar('normal_step', NORMAL_RANGE / MAX_ACTIVATION);
    return multiplied(quantized(input, step, this.zeroPoint(zero)), step, output);
  }

  private ofRows(
    input: string,
    { n, columns, zero, shaped, quantized, multiplied }: Product,
    { rows = 'tokens', activations }: LinearOptions,
    output: string | undefined,
  ): string {
    const { graph, shared } = this;
    const found = activations === 'gelu' ? this.geluSteps(input) : this.steps(input, [n, columns]);
    const steps = graph.shaped(found, 'float32', [n]);
    const zeros = this.zeroPoints(zero, rows);
    const coarse = quantized(input, steps, zeros, { axis: 0 });
    let product = shaped(multiplied(coarse, shared.scalar('one', 1)));
    if (activations === 'outliers') {
      const restored = graph.node('DequantizeLinear', [coarse, steps, zeros], { attributes: { axis: 0 } });
      const fineStep = shared.scalar('fine_step', 1 / FINE_STEPS);
      const rest = graph.node('Sub', [input, restored]);
      const fine = quantized(rest, graph.node('Mul', [steps, fineStep]), zeros, { axis: 0 });
      product = shaped(graph.node('Add', [product, shaped(multiplied(fine, fineStep))]));
    }
    const column = graph.shaped(graph.node('Unsqueeze', [steps, shared.int64('last_axis', [-1])]), 'float32', [n, 1]);
    return graph.node('Mul', [product, column], {}, output);
  }

  /** The step of each row: the largest magnitude has the largest number. A row of zeros has the step 0, by which its product is multiplied. */
  private steps(input: string, shape: [rows: string, columns: number]): string {
    const { graph } = this;
    const magnitudes = graph.shaped(graph.node('Abs', [input]), 'float32', shape);
    const largest = graph.node('ReduceMax', [magnitudes, this.shared.int64('last_axis', [-1])], {
      attributes: { keepdims: 0 },
    });
    return graph.node('Mul', [
      graph.shaped(largest, 'float32', [shape[0]]),
      this.shared.scalar('activation_step', 1 / MAX_ACTIVATION),
    ]);
  }

  /** The step of each row of what GELU gives, which fits the largest value and the least that there can be. */
  private geluSteps(input: string): string {
    const { graph } = this;
    const largest = graph.node('ReduceMax', [input, this.shared.int64('last_axis', [-1])], {
      attributes: { keepdims: 0 },
    });
    const steps = graph.node('Mul', [largest, this.shared.scalar('gelu_step', 1 / (255 - GELU_ZERO))]);
    return graph.node('Max', [steps, this.shared.scalar('gelu_least_step', GELU_LEAST / GELU_ZERO)]);
  }

  private zeroPoint(value: number): string {
    return this.shared.once(`zero_${value}`, () => this.graph.constant(`zero_${value}`, Uint8Array.of(value), []));
  }

  /** A zero point for each row of an input. */
  private zeroPoints(value: number, rowsAre: 'tokens' | 'sequences'): string {
    return this.shared.once(`zeros_${value}_${rowsAre}`, () =>
      this.graph.node('Expand', [this.zeroPoint(value), this.rowShapes![rowsAre]!]),
    );
  }
}
