/** Types of stored blocks that a graph with 4-bit weights can take over as they are (docs/models.md, "GGUF"). */
export type BlockType = 'Q4_0' | 'Q4_1' | 'Q4_K';

/** Rows of a matrix as they are stored, row after row, in blocks that no two rows share. */
export interface StoredBlocks {
  type: BlockType;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The weights of a model, by the names that Hugging Face's implementation gives them, whatever format they are stored in. */
export interface Weights {
  /** The files that the weights are read from. */
  readonly paths: readonly string[];
  /** True if there is a tensor of this name. */
  has(name: string): boolean;
  /**
   * Reads one tensor as float32, row-major. Tensors are read from disk each time, never kept.
   * @throws `model_invalid` when it is absent or has another shape, `model_unsupported` when its type cannot be read
   */
  read(name: string, shape: readonly number[]): Float32Array<ArrayBuffer>;
  /**
   * Reads the rows `[from, to)` of a matrix as float32, row-major: as {@link read}, for matrices that should not be held whole.
   * @param shape `[rows, columns]` of the whole matrix
   * @returns an array that the next call may overwrite
   */
  readRows(
    name: string,
    shape: readonly [rows: number, columns: number],
    from: number,
    to: number,
  ): Float32Array<ArrayBuffer>;
  /**
   * The stored bytes of the rows `[from, to)` of a matrix, in the order of {@link readRows}, for precisions that take them over
   * without a detour through float32; `undefined` where the tensor is of no such type. Formats without blocks have no such method.
   * @param shape `[rows, columns]` of the whole matrix
   */
  blocks?(
    name: string,
    shape: readonly [rows: number, columns: number],
    from: number,
    to: number,
  ): StoredBlocks | undefined;
  /** True if two tensors have the same type and bytes. */
  areEqual(name: string, other: string): boolean;
  /** Marks a tensor as known, though the graph does not read it; or all whose names match. */
  ignore(names: string | RegExp): void;
  /**
   * Proves that the graph used every tensor: one that is left over means that the model computes something else.
   * @throws `model_unsupported` naming the first such tensor
   */
  assertAllRead(): void;
  /**
   * Proves that the files are those that were opened, to the last byte: a graph of other bytes must not be kept as theirs.
   * @throws `model_invalid` naming a file that was changed
   */
  assertUnchanged(): void;
  close(): void;
}
