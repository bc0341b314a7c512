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

/** Quantises a row-major matrix symmetrically by row: weight = scale * q, |q| at most `maxWeight`. */
export function quantizeRows(matrix: Float32Array, columns: number, maxWeight: number): RowQuantizedMatrix {
  const rows = matrix.length / columns;
  const data = new Int8Array(matrix.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * columns;
    let largest = 0;
    for (let i = row * columns; i < end; i++) largest = Math.max(largest, Math.abs(matrix[i]));
    const scale = (scales[row] = Math.fround(largest / maxWeight));
    const inverse = scale === 0 ? 0 : 1 / scale;
    for (let i = row * columns; i < end; i++) data[i] = Math.round(matrix[i] * inverse);
  }
  return { data, scales };
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
