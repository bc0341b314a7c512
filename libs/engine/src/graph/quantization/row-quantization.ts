/** One matrix for `MatMulInteger`: 8-bit weights with a scale for each row of the original. */
interface RowQuantizedMatrix {
  /** As the original, `[rows, columns]`. */
  data: Int8Array;
  /** `[rows]` */
  scales: Float32Array;
}

/** The largest magnitude of a weight, where products of 8-bit numbers are added up exactly. */
export const MAX_WEIGHT = 127;

/**
 * The largest magnitude of a weight on processors without exact 8-bit products: two neighbours' sum of an activation
 * (at most 255) times a weight must fit in 16 bits.
 */
export const MAX_WEIGHT_WHERE_SATURATING = 64;

/** All bits of a float32 but its sign: in this order whole numbers compare as magnitudes do. */
const MAGNITUDE = 0x7fff_ffff;

/**
 * Quantises a row-major matrix symmetrically by row: weight = scale * q, |q| at most `maxWeight`. The loops see each weight of a
 * model: magnitudes are compared as bits, since a branch on the sign is mispredicted half of the time, and numbers are rounded
 * without `Math.round`, which takes several times as long for the exact half below zero that it treats apart.
 * @param target filled from its beginning
 */
export function quantizeRows(
  matrix: Float32Array,
  columns: number,
  maxWeight: number,
  { data, scales }: RowQuantizedMatrix,
): void {
  const bits = new Int32Array(matrix.buffer, matrix.byteOffset, matrix.length);
  const largest = new Float32Array(1);
  const largestBits = new Int32Array(largest.buffer);
  for (let row = 0, begin = 0; begin < matrix.length; row++, begin += columns) {
    const end = begin + columns;
    let most = 0;
    for (let i = begin; i < end; i++) {
      const magnitude = bits[i] & MAGNITUDE;
      if (magnitude > most) most = magnitude;
    }
    largestBits[0] = most;
    const scale = (scales[row] = Math.fround(largest[0] / maxWeight));
    const inverse = scale === 0 ? 0 : 1 / scale;
    for (let i = begin; i < end; i++) data[i] = Math.floor(matrix[i] * inverse + 0.5);
  }
}

/** Columns and rows that are transposed together, so that both sides stay in the processor's cache. */
const TILE = 64;

/** Writes the transpose of a `[rows, columns]` matrix into columns `[at, at + rows)` of a matrix of `width` columns. */
export function transposeInto(
  target: Int8Array,
  { width, at }: { width: number; at: number },
  source: Int8Array,
  columns: number,
): void {
  const rows = source.length / columns;
  for (let rowTile = 0; rowTile < rows; rowTile += TILE) {
    for (let columnTile = 0; columnTile < columns; columnTile += TILE) {
      const rowEnd = Math.min(rowTile + TILE, rows);
      const columnEnd = Math.min(columnTile + TILE, columns);
      for (let column = columnTile; column < columnEnd; column++) {
        for (let row = rowTile; row < rowEnd; row++) target[column * width + at + row] = source[row * columns + column];
      }
    }
  }
}
