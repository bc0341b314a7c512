/** Ranks of pairs that make no token. */
const NONE = -1;

/**
 * Cuts a text into tokens as the BPE of SentencePiece does: of all neighbours that make a token together, those are joined whose token
 * has the lowest rank, the leftmost first, until none are left
 * (https://github.com/google/sentencepiece/blob/master/src/bpe_model.cc). It needs no list of merges, which for 262,144 tokens
 * would have 515,000 entries. A text of n characters takes O(n log n).
 */
export class PieceMerger {
  private readonly longest: number;

  /**
   * @param ids of the tokens
   * @param ranks by id; a negative rank is that of a token which no merge makes
   */
  constructor(
    private readonly ids: ReadonlyMap<string, number>,
    private readonly ranks: Int32Array,
  ) {
    let longest = 0;
    for (const [token, id] of ids) if (ranks[id] >= 0) longest = Math.max(longest, token.length);
    this.longest = longest;
  }

  /** The pieces of a text: tokens, and single characters that are none. */
  merge(text: string): string[] {
    const symbols = new Symbols(text);
    const { next, previous, ends } = symbols;
    // The rank that each symbol makes with the next one; entries of the heap with another rank are outdated.
    const pairRanks = new Int32Array(symbols.count).fill(NONE);
    const span = symbols.count;
    const heap = new NumberHeap();
    const consider = (left: number): void => {
      pairRanks[left] = this.rankOf(text, symbols, left);
      if (pairRanks[left] !== NONE) heap.push(pairRanks[left] * span + left);
    };
    for (let left = 0; left < symbols.count - 1; left++) consider(left);
    while (heap.size > 0) {
      const key = heap.pop();
      const left = key % span;
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
    if (right >= count || ends[right] - starts[left] > this.longest) return NONE;
    const id = this.ids.get(text.slice(starts[left], ends[right]));
    return id === undefined || this.ranks[id] < 0 ? NONE : this.ranks[id];
  }
}

/** The characters of a text as a linked list; the symbol behind the last one is `count`. */
class Symbols {
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;

  constructor(text: string) {
    this.starts = new Int32Array(text.length);
    this.ends = new Int32Array(text.length);
    let count = 0;
    for (let at = 0; at < text.length; count++) {
      this.starts[count] = at;
      at += text.codePointAt(at)! > 0xffff ? 2 : 1;
      this.ends[count] = at;
    }
    this.count = count;
    this.next = Int32Array.from({ length: count }, (_, i) => i + 1);
    this.previous = Int32Array.from({ length: count }, (_, i) => i - 1);
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
