import type { BlockType, Weights } from '../../model/weights.js';
import type { ExternalDataFile } from '../external-data-file.js';
import { type Matrix, multiplied, rowRanges, rowsOf, type StoredMatrix } from './matrix.js';
import { BLOCK_BYTES, blocksOf, quantizeBlocks } from '../quantization/block-quantization.js';
import { repackBlocks } from '../quantization/repack-blocks.js';

/** Writes matrices in blocks of 4 bits to the external data, some rows at a time. */
export class BlockStorage {
  constructor(
    private readonly weights: Weights,
    private readonly data: ExternalDataFile,
  ) {}

  /**
   * The 4-bit type that all parts of a matrix have in their file. `none`: the file has types, but no such one for all parts;
   * `undefined`: its format has no types of blocks.
   */
  typeOf({ parts, columns }: Matrix): BlockType | 'none' | undefined {
    if (!this.weights.blocks) return undefined;
    const types = new Set(parts.map(([tensor, rows]) => this.weights.blocks!(tensor, [rows, columns], 0, 1)?.type));
    const [type] = types;
    return types.size === 1 && type !== undefined ? type : 'none';
  }

  /** Stores a matrix with the scales of its blocks: as its file has them where these have 4 bits, which loses nothing. */
  store(matrix: Matrix): StoredMatrix {
    const { columns, scale } = matrix;
    const blocks = blocksOf(columns);
    const rowBytes = blocks * BLOCK_BYTES;
    const rows = rowsOf(matrix);
    const type = this.typeOf(matrix);
    const isStored = type !== undefined && type !== 'none';
    const data = this.data.allocate(rows * rowBytes);
    const scales = new Float32Array(rows * blocks);
    const offsets = isStored && type !== 'Q4_0' ? new Float32Array(rows * blocks) : undefined;
    for (const { tensor, shape, from, to, at } of rowRanges(matrix)) {
      const part = isStored
        ? repackBlocks(this.weights.blocks!(tensor, shape, from, to)!)
        : quantizeBlocks(this.weights.readRows(tensor, shape, from, to), columns);
      this.data.write(part.data, data.offset + at * rowBytes);
      scales.set(part.scales, at * blocks);
      if (part.offsets) offsets!.set(part.offsets, at * blocks);
    }
    return {
      data,
      scales: this.data.append(multiplied(scales, scale)),
      ...(offsets && { offsets: this.data.append(multiplied(offsets, scale)) }),
    };
  }
}
