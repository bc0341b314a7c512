import type { MergeRanks } from './merge-ranks.js';

/** The rank of pairs that make no token. */
const NONE = -1;

/** Characters of a text whose lists are kept for the next one. */
const KEPT_LENGTH = 4096;

/**
 * Cuts a text into tokens as byte-pair encoding does: of all neighbours that make a token together, those are joined whose merge has the
 * lowest rank, the leftmost first, until none are left (https://github.com/google/sentencepiece/blob/master/src/bpe_model.cc,
 * https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/bpe/word.rs). A text of n characters takes O(n log n).
 */
export class PieceMerger {
  private kept = new Symbols(KEPT_LENGTH);

  constructor(
    private readonly ids: ReadonlyMap<string, number>,
    private readonly ranks: MergeRanks,
  ) {}

  /** The pieces of a text: tokens, and single characters that are none. */
  merge(text: string): string[] {
    const symbols = text.length <= KEPT_LENGTH ? this.kept : new Symbols(text.length);
    const span = symbols.fill(text);
    const { next, previous, ends, pairRanks } = symbols;
    const heap = new NumberHeap();
    const consider = (left: number): void => {
      const rank = this.rankOf(text, symbols, left);
      pairRanks[left] = rank;
      if (rank !== NONE) heap.push(rank * span + left);
    };
    for (let left = 0; left < span - 1; left++) consider(left);
    while (heap.size > 0) {
      const key = heap.pop();
      const left = key % span;
      // Pairs that have changed since then have another rank, or none.
      if (pairRanks[left] !== (key - left) / span) continue;
      const right = next[left];
      ends[left] = ends[right];
      next[left] = next[right];
      if (next[left] < span) previous[next[left]] = left;
      pairRanks[right] = NONE;
      consider(left);
      if (left > 0) consider(previous[left]);
    }
    return symbols.pieces(text);
  }

  private rankOf(text: string, { starts, ends, next, count }: Symbols, left: number): number {
    const right = next[left];
    if (right >= count || ends[right] - starts[left] > this.ranks.longest) return NONE;
    const id = this.ids.get(text.slice(starts[left], ends[right]));
    return id === undefined ? NONE : Math.max(NONE, this.ranks.rankOf(id, ends[left] - starts[left]));
  }
}

/** The characters of a text as a linked list; the symbol behind the last one is `count`. */
class Symbols {
  count = 0;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;
  /** The rank that each symbol makes with the next one. */
  readonly pairRanks: Int32Array;

  constructor(length: number) {
    this.starts = new Int32Array(length);
    this.ends = new Int32Array(length);
    this.next = new Int32Array(length);
    this.previous = new Int32Array(length);
    this.pairRanks = new Int32Array(length);
  }

  /** Begins with each character of a text on its own; returns how many there are. */
  fill(text: string): number {
    let count = 0;
    for (let at = 0; at < text.length; count++) {
      this.starts[count] = at;
      at += text.codePointAt(at)! > 0xffff ? 2 : 1;
      this.ends[count] = at;
      this.next[count] = count + 1;
      this.previous[count] = count - 1;
      this.pairRanks[count] = NONE;
    }
    return (this.count = count);
  }

  pieces(text: string): string[] {
    const pieces: string[] = [];
    for (let at = 0; at < this.count; at = this.next[at]) pieces.push(text.slice(this.starts[at], this.ends[at]));
    return pieces;
  }
}

/** A binary heap that gives the smallest number first. */
class NumberHeap {
  private readonly keys: number[] = [];

  get size(): number {
    return this.keys.length;
  }

  push(key: number): void {
    const { keys } = this;
    let at = keys.length;
    keys.push(key);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent] <= key) break;
      keys[at] = keys[parent];
      at = parent;
    }
    keys[at] = key;
  }

  pop(): number {
    const { keys } = this;
    const smallest = keys[0];
    const last = keys.pop()!;
    const size = keys.length;
    if (size === 0) return smallest;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && keys[child + 1] < keys[child]) child++;
      if (keys[child] >= last) break;
      keys[at] = keys[child];
      at = child;
    }
    keys[at] = last;
    return smallest;
  }
}
