export interface KvCacheShape {
  layers: number;
  kvHeads: number;
  headDim: number;
  maxSlots: number;
  /** The longest sequence, in tokens. */
  maxTokens: number;
}

const SMALLEST_CAPACITY = 128;

/**
 * Keys and values of all slots in host memory: per layer one `[maxSlots, kvHeads, capacity, headDim]` array each, so
 * that the first n slots, and any single slot, are contiguous views. The capacity, in tokens, follows the longest
 * sequence in powers of two; untouched pages of a slot cost no memory, because the system hands them out on first write.
 */
export class KvCache {
  private keyArrays: Float32Array[] = [];
  private valueArrays: Float32Array[] = [];
  private tokens = 0;
  private readonly lengths: Int32Array;

  constructor(readonly shape: KvCacheShape) {
    this.lengths = new Int32Array(shape.maxSlots);
    this.resize(this.bucket(1));
  }

  /** One array per layer; replaced by {@link fit}. */
  get keys(): readonly Float32Array[] {
    return this.keyArrays;
  }

  get values(): readonly Float32Array[] {
    return this.valueArrays;
  }

  /** Tokens that a slot has room for. */
  get capacity(): number {
    return this.tokens;
  }

  /** Tokens in a slot. */
  length(slot: number): number {
    return this.lengths[slot];
  }

  /** Elements of one slot in one layer's array. */
  get slotSize(): number {
    return this.shape.kvHeads * this.capacity * this.shape.headDim;
  }

  /**
   * Makes room for a sequence of `tokens`, or gives room back once the longest one needs a quarter of it or less.
   * @returns whether the arrays were replaced, which makes earlier views stale
   */
  fit(tokens: number): boolean {
    const needed = this.bucket(this.lengths.reduce((longest, length) => Math.max(longest, length), tokens));
    if (needed <= this.capacity && needed * 4 > this.capacity) return false;
    this.resize(needed);
    return true;
  }

  /**
   * Appends the new keys and values of a pass, `[slots, tokens, layers, 2, kvHeads, headDim]` row-major, to `slots`
   * consecutive slots. The room must have been made by {@link fit}.
   */
  append(firstSlot: number, slots: number, tokens: number, delta: Float32Array): void {
    const { layers, kvHeads, headDim } = this.shape;
    let source = 0;
    for (let slot = firstSlot; slot < firstSlot + slots; slot++) {
      const length = this.lengths[slot];
      for (let position = length; position < length + tokens; position++) {
        for (let layer = 0; layer < layers; layer++) {
          source = this.scatter(this.keys[layer], slot, position, delta, source);
          source = this.scatter(this.values[layer], slot, position, delta, source);
        }
      }
      this.lengths[slot] = length + tokens;
    }
    if (source !== slots * tokens * layers * 2 * kvHeads * headDim) {
      throw new Error('Bug: the new keys and values do not have the shape of the cache.');
    }
  }

  /** Copies the sequence in `from` to the free slot `to` and frees `from`. */
  move(from: number, to: number): void {
    if (this.lengths[to] !== 0) throw new Error(`Bug: slot ${to} is not free.`);
    const { kvHeads, headDim } = this.shape;
    const headSize = this.capacity * headDim;
    const used = this.lengths[from] * headDim;
    for (const arrays of [this.keys, this.values]) {
      for (const array of arrays) {
        for (let head = 0; head < kvHeads; head++) {
          const source = (from * kvHeads + head) * headSize;
          array.copyWithin((to * kvHeads + head) * headSize, source, source + used);
        }
      }
    }
    this.lengths[to] = this.lengths[from];
    this.lengths[from] = 0;
  }

  free(slot: number): void {
    this.lengths[slot] = 0;
  }

  /** Copies one token's row of every head; returns where the next row starts in `delta`. */
  private scatter(array: Float32Array, slot: number, position: number, delta: Float32Array, source: number): number {
    const { kvHeads, headDim } = this.shape;
    for (let head = 0; head < kvHeads; head++) {
      const target = ((slot * kvHeads + head) * this.capacity + position) * headDim;
      for (let i = 0; i < headDim; i++) array[target + i] = delta[source + i];
      source += headDim;
    }
    return source;
  }

  private bucket(tokens: number): number {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(tokens, SMALLEST_CAPACITY)));
    return Math.min(capacity, this.shape.maxTokens);
  }

  private resize(capacity: number): void {
    const { maxSlots, kvHeads, headDim } = this.shape;
    const old = { keys: this.keys, values: this.values, headSize: this.capacity * headDim };
    const headSize = capacity * headDim;
    const copy = (source: Float32Array | undefined): Float32Array => {
      const target = new Float32Array(maxSlots * kvHeads * headSize);
      if (!source) return target;
      for (let row = 0; row < maxSlots * kvHeads; row++) {
        const used = this.lengths[Math.floor(row / kvHeads)] * headDim;
        target.set(source.subarray(row * old.headSize, row * old.headSize + used), row * headSize);
      }
      return target;
    };
    this.keyArrays = Array.from({ length: this.shape.layers }, (_, layer) => copy(old.keys[layer]));
    this.valueArrays = Array.from({ length: this.shape.layers }, (_, layer) => copy(old.values[layer]));
    this.tokens = capacity;
  }
}
