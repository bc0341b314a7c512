import type { Weights } from '../../model/weights.js';
import type { ExternalDataFile } from '../external-data-file.js';
import { DATA_TYPE } from '../data-types.js';
import type { GraphBuilder } from '../graph-builder.js';
import { type Matrix, type MatrixPart, rowsOf } from './matrix.js';
import { Int8Products } from './int8-products.js';
import type { LinearOptions } from './linear-options.js';
import { MatrixStorage } from './matrix-storage.js';
import { SharedValues } from './shared-values.js';
import { BlockStorage } from './block-storage.js';
import { BLOCK_SIZE, blocksOf } from '../quantization/block-quantization.js';
import type { Precision } from '../quantization/precision.js';

export type { MatrixPart };

/** Adds linear layers `y = x * W^T` to a graph, in each precision, and stores their weights. */
export class LinearLayers {
  private readonly storage: MatrixStorage;
  private readonly blocks: BlockStorage;
  private readonly shared: SharedValues;
  private readonly int8Products: Int8Products;

  /** @param maxWeight the largest magnitude of an int8 weight */
  constructor(
    private readonly graph: GraphBuilder,
    weights: Weights,
    data: ExternalDataFile,
    maxWeight: number,
  ) {
    this.storage = new MatrixStorage(weights, data, maxWeight);
    this.shared = new SharedValues(graph);
    this.int8Products = new Int8Products(graph, this.storage, this.shared);
    this.blocks = new BlockStorage(weights, data);
  }

  /** See {@link Int8Products.prepare}. */
  prepareInt8(rows: { tokens: string; sequences?: string }): void {
    this.int8Products.prepare(rows);
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
        return this.int8Products.apply(input, matrix, options);
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
      return scale === 1 ? stored : graph.node('Mul', [stored, this.shared.scalar(`${name}_scale`, scale)]);
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
    return this.shared.once(name, () =>
      this.graph.external(name, 'float32', [rowsOf(matrix), columns], this.storage.float32(matrix)),
    );
  }

  private fp32(input: string, matrix: Matrix, { bias, output }: LinearOptions): string {
    const inputs = [input, this.store(matrix), ...(bias === undefined ? [] : [bias])];
    return this.graph.node('Gemm', inputs, { attributes: gemmOf(matrix) }, output);
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
    const byBlock = graph.node('Reshape', [input, this.shared.int64(`blocks_of_${columns}`, [-1, blocks, BLOCK_SIZE])]);
    const sums = graph.node('ReduceSum', [byBlock, this.shared.int64('last_axis', [-1])], {
      attributes: { keepdims: 0 },
    });
    const offsets = graph.external(`${name}_int4_offsets`, 'float32', [rows, blocks], stored.offsets);
    return graph.node('Gemm', [sums, offsets, product], { attributes: { transB: 1 } }, output);
  }
}

function gemmOf({ scale = 1 }: Matrix): Record<string, number | { float: number }> {
  return { transB: 1, ...(scale !== 1 && { alpha: { float: scale } }) };
}
