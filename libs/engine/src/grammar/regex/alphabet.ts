import { type CharacterSet, LAST_CODE_POINT, SURROGATES } from './character-set.js';

/** The code points in groups that are never told apart, as intervals; surrogates are in none. */
export class Alphabet {
  /** @param symbols the group of each interval, or -1 */
  constructor(
    /** The first code point of each interval; the first one is 0. */
    readonly starts: readonly number[],
    readonly symbols: readonly number[],
    readonly size: number,
  ) {}

  /** The coarsest one in which each set is made of whole groups. */
  static of(sets: readonly CharacterSet[]): Alphabet {
    const bounds = new Set([0, SURROGATES.low, SURROGATES.high + 1]);
    for (const set of sets) {
      for (const { low, high } of set) {
        bounds.add(low);
        if (high < LAST_CODE_POINT) bounds.add(high + 1);
      }
    }
    const starts = [...bounds].sort((a, b) => a - b);
    const members = starts.map(() => '');
    for (const [number, set] of sets.entries()) {
      let at = 0;
      for (const { low, high } of set) {
        while (starts[at] < low) at++;
        for (; at < starts.length && starts[at] <= high; at++) members[at] += `${number},`;
      }
    }
    return Alphabet.numbered(starts, members);
  }

  /**
   * The coarsest one that is finer than all of some.
   * @returns it, and by its symbols those in each of the others
   */
  static merged(alphabets: readonly Alphabet[]): { alphabet: Alphabet; symbolsIn: readonly (readonly number[])[] } {
    const starts = [...new Set(alphabets.flatMap((each) => each.starts))].sort((a, b) => a - b);
    const tuples = starts.map((start) => alphabets.map((each) => each.symbolOf(start)));
    const alphabet = Alphabet.numbered(
      starts,
      tuples.map((tuple) => tuple.join()),
    );
    const symbolsIn: number[][] = [];
    for (const [i, symbol] of alphabet.symbols.entries()) if (symbol >= 0) symbolsIn[symbol] ??= tuples[i];
    return { alphabet, symbolsIn };
  }

  private static numbered(starts: readonly number[], keys: readonly string[]): Alphabet {
    const numbers = new Map<string, number>();
    const symbols = starts.map((start, i) => {
      if (start >= SURROGATES.low && start <= SURROGATES.high) return -1;
      let number = numbers.get(keys[i]);
      if (number === undefined) numbers.set(keys[i], (number = numbers.size));
      return number;
    });
    return new Alphabet(starts, symbols, numbers.size);
  }

  symbolOf(codePoint: number): number {
    return this.symbols[this.intervalOf(codePoint)];
  }

  /** The symbol of all code points from `low` to `high`; `undefined` where they have several. */
  symbolOfAll(low: number, high: number): number | undefined {
    const first = this.intervalOf(low);
    for (let i = first + 1; i < this.starts.length && this.starts[i] <= high; i++) {
      if (this.symbols[i] !== this.symbols[first]) return undefined;
    }
    return this.symbols[first];
  }

  /** The symbols that make up a set, which must be one of those that it was made of. */
  symbolsOf(set: CharacterSet): number[] {
    const found = new Set<number>();
    for (const { low, high } of set) {
      for (let i = this.intervalOf(low); i < this.starts.length && this.starts[i] <= high; i++) {
        if (this.symbols[i] >= 0) found.add(this.symbols[i]);
      }
    }
    return [...found];
  }

  private intervalOf(codePoint: number): number {
    let [low, high] = [0, this.starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle] <= codePoint) low = middle;
      else high = middle;
    }
    return low;
  }
}
