/** Bits of one quantised weight. */
export type QuantizedBits = 4 | 8;

/** Weights that share a scale, along a row. */
export const BLOCK_SIZE = 32;

/** One matrix for `MatMulNBits`: row by row, block by block. */
interface QuantizedMatrix {
  /** `[rows, blocks, BLOCK_SIZE * bits / 8]`; of two 4-bit weights the first is the low half of its byte. */
  data: Uint8Array;
  /** `[rows, blocks]` */
  scales: Float32Array;
}

/** Blocks of a row of so many weights; the last one may be filled up with zeros. */
export function blocksOf(columns: number): number {
  return Math.ceil(columns / BLOCK_SIZE);
}

/**
 * Quantises a row-major matrix symmetrically in blocks of {@link BLOCK_SIZE}: weight = scale * (q - 2^(bits - 1)). The
 * weight of the largest magnitude takes the end of the range that has one step more, so no step is lost
 * (`MatMulNBits` without zero points, https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).
 */
export function quantizeBlocks(matrix: Float32Array, columns: number, bits: QuantizedBits): QuantizedMatrix {
  const rows = matrix.length / columns;
  const blocks = blocksOf(columns);
  const zero = 2 ** (bits - 1);
  const data = new Uint8Array((rows * blocks * BLOCK_SIZE * bits) / 8);
  const scales = new Float32Array(rows * blocks);
  const quantized = new Uint8Array(BLOCK_SIZE);
  let at = 0;
  for (let block = 0; block < rows * blocks; block++) {
    const row = Math.floor(block / blocks);
    const begin = row * columns + (block % blocks) * BLOCK_SIZE;
    const length = Math.min(BLOCK_SIZE, (row + 1) * columns - begin);
    let extreme = 0;
    for (let i = begin; i < begin + length; i++) if (Math.abs(matrix[i]) > Math.abs(extreme)) extreme = matrix[i];
    const scale = Math.fround(extreme / -zero);
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[block] = scale;
    quantized.fill(zero);
    for (let i = 0; i < length; i++) {
      quantized[i] = Math.min(2 * zero - 1, Math.max(0, Math.round(matrix[begin + i] * inverse) + zero));
    }
    if (bits === 8) {
      data.set(quantized, at);
      at += BLOCK_SIZE;
    } else for (let i = 0; i < BLOCK_SIZE; i += 2) data[at++] = quantized[i] | (quantized[i + 1] << 4);
  }
  return { data, scales };
}
