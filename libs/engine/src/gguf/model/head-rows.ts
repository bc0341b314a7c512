/** Rows of a matrix or elements of a bias that belong to heads, whose halves are interleaved in the file. */
export interface HeadRows {
  /** Rows of a head. */
  headDim: number;
  rowBytes: number;
}

/**
 * The rows `[from, to)` of a matrix in Hugging Face's order, taken from the heads that they are in: row a * d / 2 + i of a head of d rows is its
 * row 2i + a in the file (llama.cpp, `LlamaModel.permute`). Whole rows move, so they may be packed.
 * @param readStored gives rows `[from, to)` as they are stored
 */
export function readHeadRows(
  { headDim, rowBytes }: HeadRows,
  from: number,
  to: number,
  readStored: (from: number, to: number) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const first = Math.floor(from / headDim) * headDim;
  const stored = readStored(first, Math.ceil(to / headDim) * headDim);
  const rows = new Uint8Array((to - from) * rowBytes);
  for (let row = from; row < to; row++) {
    const inHead = row % headDim;
    const half = inHead < headDim / 2 ? 0 : 1;
    const place = row - inHead + 2 * (inHead - (half * headDim) / 2) + half - first;
    rows.set(stored.subarray(place * rowBytes, (place + 1) * rowBytes), (row - from) * rowBytes);
  }
  return rows;
}
