import { scatterDelta } from './scatter-delta.js';
import { extendArray, releaseArray, reserveArray } from './pool-memory.js';

/** The shape of one token's keys and values. */
export interface KvShape {
  layers: number;
  kvHeads: number;
  headDim: number;
}

/**
 * Keys and values of sequences that share passes: per layer one `[maxRows, kvHeads, capacity, headDim]` array each, so
 * that the first n rows are one contiguous view. Rows are used from 0 on without gaps. Memory that was never written
 * costs nothing, because the system hands pages out on first write.
 *
 * Keys and values past a row's length are zero: decode attention relies on that (see `DecodeAttention`).
 */
export class KvPool {
  private readonly keyArrays: Float32Array[];
  private readonly valueArrays: Float32Array[];
  private readonly lengths: number[] = [];
  private tokens: number;

  /** @param maxCapacity the largest capacity that it will have: memory is reserved for it, up to a bound; default: the first one */
  constructor(
    readonly shape: KvShape,
    readonly maxRows: number,
    capacity: number,
    private readonly maxCapacity = capacity,
  ) {
    this.tokens = capacity;
    this.keyArrays = Array.from({ length: shape.layers }, () => this.allocate());
    this.valueArrays = Array.from({ length: shape.layers }, () => this.allocate());
  }

  /** One array per layer; replaced by {@link resize}. */
  get keys(): readonly Float32Array[] {
    return this.keyArrays;
  }

  get values(): readonly Float32Array[] {
    return this.valueArrays;
  }

  /** Tokens that a row has room for. */
  get capacity(): number {
    return this.tokens;
  }

  /** Rows that hold a sequence. */
  get rows(): number {
    return this.lengths.length;
  }

  /** Tokens in a row. */
  length(row: number): number {
    return this.lengths[row];
  }

  /** Takes the next row into use, empty or as a copy of another pool's row; returns its number. */
  add(source?: { pool: KvPool; row: number }): number {
    if (this.rows === this.maxRows) throw new Error(`Bug: all ${this.maxRows} rows of the pool are in use.`);
    const row = this.lengths.push(0) - 1;
    if (source) {
      const length = source.pool.length(source.row);
      for (const [target, from] of [
        [this.keys, source.pool.keys],
        [this.values, source.pool.values],
      ] as const) {
        for (let layer = 0; layer < target.length; layer++) {
          this.copyHeads(target[layer], row, from[layer], { row: source.row, length, capacity: source.pool.capacity });
        }
      }
      this.lengths[row] = length;
    }
    return row;
  }

  /** Frees a row; the last row takes its place, and its number. */
  remove(row: number): void {
    const last = this.rows - 1;
    const { capacity } = this;
    for (const array of [...this.keys, ...this.values]) {
      if (row !== last) this.copyHeads(array, row, array, { row: last, length: this.length(last), capacity });
      this.clear(array, row, row === last ? 0 : this.length(last), this.length(row));
      if (row !== last) this.clear(array, last, 0, this.length(last));
    }
    this.lengths[row] = this.lengths[last];
    this.lengths.pop();
  }

  /** Numbers in the keys and values of a token. */
  get tokenSize(): number {
    const { layers, kvHeads, headDim } = this.shape;
    return 2 * layers * kvHeads * headDim;
  }

  /**
   * Appends the new keys and values of a pass, or of some of its layers: a row is longer once it has those of the last one.
   * @param delta `[rows.length, tokens, layers, 2, kvHeads, headDim]` row-major
   * @param rows the row of each part of the delta, or none, where the part is dropped; default: all rows in order
   * @param firstLayer that of the delta
   */
  append(
    tokens: number,
    delta: Float32Array,
    rows: readonly (number | undefined)[] = [...this.lengths.keys()],
    firstLayer = 0,
  ): void {
    const layers = (delta.length * this.shape.layers) / (rows.length * tokens * this.tokenSize);
    if (!Number.isInteger(layers) || firstLayer + layers > this.shape.layers) {
      throw new Error('Bug: the new keys and values do not have the shape of the cache.');
    }
    const written = rows.filter((row) => row !== undefined);
    for (const row of written) {
      if (this.lengths[row] + tokens > this.capacity)
        throw new Error(`Bug: row ${row} has no room for ${tokens} tokens.`);
    }
    const starts = rows.map((row) => (row === undefined ? undefined : { row, position: this.lengths[row] }));
    const target = { ...this.shape, capacity: this.capacity };
    // Layer by layer, because the arrays of a layer are written to far apart.
    for (let i = 0; i < layers; i++) {
      const keys = { delta, tokens, parts: 2 * layers, part: 2 * i };
      scatterDelta(this.keyArrays[firstLayer + i], target, keys, starts);
      scatterDelta(this.valueArrays[firstLayer + i], target, { ...keys, part: 2 * i + 1 }, starts);
    }
    if (firstLayer + layers === this.shape.layers) for (const row of written) this.lengths[row] += tokens;
  }

  /** Copies positions `[from, from + count)` of a row: `[layers, 2, kvHeads, count, headDim]`. */
  read(row: number, from: number, count: number, into?: Float32Array): Float32Array {
    const { layers, kvHeads, headDim } = this.shape;
    const copy = into ?? new Float32Array(layers * 2 * kvHeads * count * headDim);
    this.eachHead((array, head, part) => {
      const begin = ((row * kvHeads + head) * this.capacity + from) * headDim;
      copy.set(array.subarray(begin, begin + count * headDim), part * count * headDim);
    });
    return copy;
  }

  /** Appends a copy of `count` positions to a row. */
  appendCopy(row: number, count: number, copy: Float32Array): void {
    const { kvHeads, headDim } = this.shape;
    const length = this.lengths[row];
    if (length + count > this.capacity) throw new Error(`Bug: row ${row} has no room for ${count} tokens.`);
    this.eachHead((array, head, part) => {
      const from = copy.subarray(part * count * headDim, (part + 1) * count * headDim);
      array.set(from, ((row * kvHeads + head) * this.capacity + length) * headDim);
    });
    this.lengths[row] = length + count;
  }

  /**
   * Changes the capacity, layer by layer, so that little more than the larger of both states is in memory. Where it grows within the memory
   * that was reserved, only what is added is new: the system takes three times as long to hand out memory as a copy takes.
   */
  resize(capacity: number): void {
    const old = this.capacity;
    this.tokens = capacity;
    for (const arrays of [this.keyArrays, this.valueArrays]) {
      for (const [layer, array] of arrays.entries()) {
        const extended = capacity > old ? extendArray(array, this.lengthOf(capacity)) : undefined;
        const target = (arrays[layer] = extended ?? this.allocate());
        if (extended) {
          this.spread(extended, old);
          continue;
        }
        for (let row = 0; row < this.rows; row++) {
          this.copyHeads(target, row, array, { row, length: this.length(row), capacity: old });
        }
        releaseArray(array);
      }
    }
  }

  /** Gives the memory back at once, not when it is collected. The pool is not usable afterwards. */
  release(): void {
    for (const array of [...this.keys, ...this.values]) releaseArray(array);
  }

  /** Visits the heads of all layers, keys before values; `part` counts them. */
  private eachHead(visit: (array: Float32Array, head: number, part: number) => void): void {
    const { layers, kvHeads } = this.shape;
    let part = 0;
    for (let layer = 0; layer < layers; layer++) {
      for (const array of [this.keyArrays[layer], this.valueArrays[layer]]) {
        for (let head = 0; head < kvHeads; head++) visit(array, head, part++);
      }
    }
  }

  private allocate(): Float32Array {
    return reserveArray(this.lengthOf(this.capacity), this.lengthOf(this.maxCapacity));
  }

  /** Numbers in an array of a capacity. */
  private lengthOf(capacity: number): number {
    const { kvHeads, headDim } = this.shape;
    return this.maxRows * kvHeads * capacity * headDim;
  }

  /** Moves the heads of an array apart, from the last on, and zeroes what lies between. */
  private spread(array: Float32Array, old: number): void {
    const { kvHeads, headDim } = this.shape;
    for (let row = this.rows - 1; row >= 0; row--) {
      for (let head = kvHeads - 1; head >= 0; head--) {
        const place = row * kvHeads + head;
        const [from, to] = [place * old * headDim, place * this.capacity * headDim];
        const length = this.length(row) * headDim;
        array.copyWithin(to, from, from + length);
        array.fill(0, to + length, to + this.capacity * headDim);
      }
    }
  }

  private copyHeads(
    target: Float32Array,
    row: number,
    source: Float32Array,
    from: { row: number; length: number; capacity: number },
  ): void {
    const { kvHeads, headDim } = this.shape;
    for (let head = 0; head < kvHeads; head++) {
      const begin = (from.row * kvHeads + head) * from.capacity * headDim;
      const part = source.subarray(begin, begin + from.length * headDim);
      target.set(part, (row * kvHeads + head) * this.capacity * headDim);
    }
  }

  /** Zeroes the positions `[begin, end)` of a row: a sequence that failed may have left values that are not finite. */
  private clear(array: Float32Array, row: number, begin: number, end: number): void {
    const { kvHeads, headDim } = this.shape;
    for (let head = 0; head < kvHeads; head++) {
      const start = (row * kvHeads + head) * this.capacity;
      array.fill(0, (start + begin) * headDim, (start + Math.max(begin, end)) * headDim);
    }
  }
}
