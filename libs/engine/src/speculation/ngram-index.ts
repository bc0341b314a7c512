import { randomInt } from 'node:crypto';

/** Of this process alone, so that nobody can send tokens whose n-grams all fall into one place of the table. */
const SEED = randomInt(2 ** 32);
const MULTIPLIER = randomInt(2 ** 31) * 2 + 1;

/**
 * The most recent place of each n-gram of a row of tokens, in a hash table that compares the tokens themselves: exact, and with the same
 * cost for each token however many there are.
 */
export class NgramIndex {
  /** Ends of n-grams, by their hash; 0 where there is none. */
  private readonly ends: Int32Array;

  /**
   * @param n tokens of an n-gram
   * @param tokens the row, as long as it can become; its tokens may follow later, but do not change
   */
  constructor(
    private readonly n: number,
    private readonly tokens: Int32Array,
  ) {
    this.ends = new Int32Array(2 ** Math.ceil(Math.log2(2 * tokens.length + 1)));
  }

  /** Adds the n-gram that ends before position `end`, if there are so many tokens before it. */
  add(end: number): void {
    if (end >= this.n) this.ends[this.placeOf(end)] = end;
  }

  /** The end of the n-gram that was added last among those equal to the one that ends before position `end`. */
  find(end: number): number | undefined {
    if (end < this.n) return undefined;
    const found = this.ends[this.placeOf(end)];
    return found === 0 ? undefined : found;
  }

  /** The place of an n-gram in the table, or the free one where it belongs. */
  private placeOf(end: number): number {
    const { ends } = this;
    const mask = ends.length - 1;
    let place = this.hash(end) & mask;
    while (ends[place] !== 0 && !this.areEqual(ends[place], end)) place = (place + 1) & mask;
    return place;
  }

  private areEqual(a: number, b: number): boolean {
    for (let i = 1; i <= this.n; i++) if (this.tokens[a - i] !== this.tokens[b - i]) return false;
    return true;
  }

  private hash(end: number): number {
    let hash = SEED;
    for (let i = 1; i <= this.n; i++) {
      hash = Math.imul(hash ^ this.tokens[end - i], MULTIPLIER);
      hash ^= hash >>> 15;
    }
    return hash;
  }
}
