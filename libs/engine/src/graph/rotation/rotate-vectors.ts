/** Elements that are mixed at once. */
const BLOCK = 64;

/** Tells whether vectors of this length can be rotated: those of whole blocks. */
export function canRotate(length: number): boolean {
  return length % BLOCK === 0;
}

/**
 * Rotates vectors in place, each by the same orthogonal matrix: a Walsh-Hadamard transform of each 64 elements and, where there
 * are more, a transposition of these blocks and another transform, after which each element has a share of up to 4,096.
 * @param vectors one after the other, each of `length` elements
 */
export function rotateVectors(vectors: Float32Array, length: number): void {
  const scratch = new Float32Array(length);
  const blocks = length / BLOCK;
  for (let at = 0; at < vectors.length; at += length) {
    mixBlocks(vectors, at, length);
    if (blocks === 1) continue;
    for (let block = 0; block < blocks; block++) {
      for (let i = 0; i < BLOCK; i++) scratch[i * blocks + block] = vectors[at + block * BLOCK + i];
    }
    mixBlocks(scratch, 0, length);
    vectors.set(scratch, at);
  }
}

/** Columns that are rotated together: a line of the processor's cache. */
const PANEL = 16;

/** Rotates the columns of a `[rows, columns]` matrix in place, as {@link rotateVectors} does. */
export function rotateColumns(matrix: Float32Array, columns: number): void {
  const rows = matrix.length / columns;
  const panel = new Float32Array(PANEL * rows);
  for (let begin = 0; begin < columns; begin += PANEL) {
    const width = Math.min(PANEL, columns - begin);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) panel[i * rows + row] = matrix[row * columns + begin + i];
    }
    rotateVectors(panel.subarray(0, width * rows), rows);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) matrix[row * columns + begin + i] = panel[i * rows + row];
    }
  }
}

/** The transform of 64 elements is that of 8 in each of two directions. */
function mixBlocks(vector: Float32Array, from: number, length: number): void {
  for (let block = from; block < from + length; block += BLOCK) {
    for (let i = block; i < block + 8; i++) mixEight(vector, i, 8, 1);
    for (let i = block; i < block + BLOCK; i += 8) mixEight(vector, i, 1, 1 / 8);
  }
}

/**
 * The Walsh-Hadamard transform of the 8 elements `at + i * step`, times a factor. One value a line: destructured, the compiler
 * makes arrays of them.
 */
function mixEight(vector: Float32Array, at: number, step: number, factor: number): void {
  const v0 = vector[at] * factor;
  const v1 = vector[at + step] * factor;
  const v2 = vector[at + 2 * step] * factor;
  const v3 = vector[at + 3 * step] * factor;
  const v4 = vector[at + 4 * step] * factor;
  const v5 = vector[at + 5 * step] * factor;
  const v6 = vector[at + 6 * step] * factor;
  const v7 = vector[at + 7 * step] * factor;
  const a0 = v0 + v4;
  const a1 = v1 + v5;
  const a2 = v2 + v6;
  const a3 = v3 + v7;
  const a4 = v0 - v4;
  const a5 = v1 - v5;
  const a6 = v2 - v6;
  const a7 = v3 - v7;
  const b0 = a0 + a2;
  const b1 = a1 + a3;
  const b2 = a0 - a2;
  const b3 = a1 - a3;
  const b4 = a4 + a6;
  const b5 = a5 + a7;
  const b6 = a4 - a6;
  const b7 = a5 - a7;
  vector[at] = b0 + b1;
  vector[at + step] = b0 - b1;
  vector[at + 2 * step] = b2 + b3;
  vector[at + 3 * step] = b2 - b3;
  vector[at + 4 * step] = b4 + b5;
  vector[at + 5 * step] = b4 - b5;
  vector[at + 6 * step] = b6 + b7;
  vector[at + 7 * step] = b6 - b7;
}
