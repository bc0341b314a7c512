/** Rows of a matrix, or elements of a bias, that belong to heads whose halves are interleaved in the file. */
export interface HeadRows {
  /** Rows of a head. */
  headDim: number;
  rowBytes: number;
}

/** The heads that have the rows `[from, to)`, as the rows of these heads. */
export function rowsOfHeads({ headDim }: HeadRows, from: number, to: number): [from: number, to: number] {
  return [Math.floor(from / headDim) * headDim, Math.ceil(to / headDim) * headDim];
}

/**
 * Copies the rows `[from, to)` of a matrix in Hugging Face's order from the heads that they are in: row a * d / 2 + i of a head of d rows is its
 * row 2i + a in the file (llama.cpp, `LlamaModel.permute`). Whole rows move, so they may be packed.
 * @param stored the rows of {@link rowsOfHeads}, as they are in the file
 */
export function copyHeadRows(
  heads: HeadRows,
  [from, to]: [from: number, to: number],
  stored: Uint8Array,
  rows: Uint8Array,
): void {
  const { headDim, rowBytes } = heads;
  const [first] = rowsOfHeads(heads, from, to);
  for (let row = from; row < to; row++) {
    const inHead = row % headDim;
    const half = inHead < headDim / 2 ? 0 : 1;
    const place = row - inHead + 2 * (inHead - (half * headDim) / 2) + half - first;
    rows.set(stored.subarray(place * rowBytes, (place + 1) * rowBytes), (row - from) * rowBytes);
  }
}
