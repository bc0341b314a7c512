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
  /** True if two tensors have the same type and bytes. */
  areEqual(name: string, other: string): boolean;
  /** Marks a tensor as known, though the graph does not read it. */
  ignore(name: string): void;
  /**
   * Proves that the graph used every tensor: one that is left over means that the model computes something else.
   * @throws `model_unsupported` naming the first such tensor
   */
  assertAllRead(): void;
  close(): void;
}
