/** Weights that share a scale, along a row. */
export const BLOCK_SIZE = 32;
/** Bytes of a block of 4-bit weights. */
export const BLOCK_BYTES = BLOCK_SIZE / 2;

/** One matrix for `MatMulNBits` at 4 bits: row by row, block by block. */
export interface QuantizedMatrix {
  /** `[rows, blocks, BLOCK_BYTES]`; of two weights the first is the low half of its byte. */
  data: Uint8Array;
  /** `[rows, blocks]` */
  scales: Float32Array;
  /** `[rows, blocks]`, of blocks that lie around another value than zero: weight = scale * (q - 8) + offset. */
  offsets?: Float32Array;
}

/** Blocks of a row of so many weights; the last one may be filled up with zeros. */
export function blocksOf(columns: number): number {
  return Math.ceil(columns / BLOCK_SIZE);
}

const ZERO = 8;
const LARGEST = 15;
/** All bits of a float32 but its sign: in this order whole numbers compare as magnitudes do. */
const MAGNITUDE = 0x7fff_ffff;

/**
 * Quantises a row-major matrix symmetrically in blocks of {@link BLOCK_SIZE}: weight = scale * (q - 8). The weight of the
 * largest magnitude takes the end of the range that has one step more, so no step is lost
 * (`MatMulNBits` without zero points, https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).
 * For the ways of its loops see `quantizeRows`.
 */
export function quantizeBlocks(matrix: Float32Array, columns: number): QuantizedMatrix {
  const quantizedMatrix = emptyMatrix(matrix.length / columns, columns);
  const { data, scales } = quantizedMatrix;
  const bits = new Int32Array(matrix.buffer, matrix.byteOffset, matrix.length);
  let block = 0;
  for (let rowEnd = columns; rowEnd <= matrix.length; rowEnd += columns) {
    for (let begin = rowEnd - columns; begin < rowEnd; begin += BLOCK_SIZE, block++) {
      const end = Math.min(begin + BLOCK_SIZE, rowEnd);
      const extreme = matrix[extremeOf(bits, begin, end)];
      const scale = (scales[block] = Math.fround(extreme / -ZERO));
      const inverse = scale === 0 ? 0 : 1 / scale;
      let at = block * BLOCK_BYTES;
      let i = begin;
      for (; i + 1 < end; i += 2) {
        data[at++] = quantized(matrix[i] * inverse) | (quantized(matrix[i + 1] * inverse) << 4);
      }
      if (i < end) data[at++] = quantized(matrix[i] * inverse) | (ZERO << 4);
      for (; at < (block + 1) * BLOCK_BYTES; at++) data[at] = ZERO | (ZERO << 4);
    }
  }
  return quantizedMatrix;
}

/** The index of the largest magnitude, of several the first. */
function extremeOf(bits: Int32Array, begin: number, end: number): number {
  let largest = 0;
  for (let i = begin; i < end; i++) {
    const magnitude = bits[i] & MAGNITUDE;
    if (magnitude > largest) largest = magnitude;
  }
  let at = begin;
  while ((bits[at] & MAGNITUDE) !== largest) at++;
  return at;
}

/** The nearest step; a half is rounded up. */
function quantized(steps: number): number {
  const q = Math.floor(steps + 0.5) + ZERO;
  return q < 0 ? 0 : q > LARGEST ? LARGEST : q;
}

function emptyMatrix(rows: number, columns: number): QuantizedMatrix {
  const blocks = rows * blocksOf(columns);
  return { data: new Uint8Array(blocks * BLOCK_BYTES), scales: new Float32Array(blocks) };
}
