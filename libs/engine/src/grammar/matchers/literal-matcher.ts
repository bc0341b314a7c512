import type { ByteMatcher } from './byte-matcher.js';

/** Texts, or their first bytes: a state is `first * FIRST + behind * BEHIND + depth`, which a double holds exactly. */
const [FIRST, BEHIND] = [2 ** 36, 2 ** 19];

/** The bytes that all texts from `first` on, up to the one `behind` the last, have first: so many as `depth`. */
interface LiteralState {
  first: number;
  behind: number;
  depth: number;
}

/** Matches any of some texts. */
export class LiteralMatcher implements ByteMatcher<number> {
  readonly start: number;

  /**
   * @param texts different ones, as bytes, in their order
   * @param has true if a text may come at all
   */
  constructor(
    private readonly texts: readonly string[],
    private readonly has: (index: number) => boolean = () => true,
  ) {
    this.start = encode(0, texts.length, 0);
  }

  next(state: number, byte: number): number | undefined {
    const { first, behind, depth } = decode(state);
    const from = this.bound(first, behind, depth, byte);
    const to = this.bound(from, behind, depth, byte + 1);
    for (let index = from; index < to; index++) if (this.has(index)) return encode(index, to, depth + 1);
    return undefined;
  }

  accepts(state: number): boolean {
    return this.textAt(state) !== undefined;
  }

  continues(state: number): boolean {
    const { first, behind, depth } = decode(state);
    for (let index = first; index < behind; index++) {
      if (this.texts[index].length > depth && this.has(index)) return true;
    }
    return false;
  }

  /** The index of the text that ends in a state; a text is before all that begin with it. */
  textAt(state: number): number | undefined {
    const { first, depth } = decode(state);
    return depth > 0 && this.texts[first].length === depth ? first : undefined;
  }

  /** The first text whose byte at a depth is this one or a larger one; those that end there are smaller. */
  private bound(first: number, behind: number, depth: number, byte: number): number {
    let [low, high] = [first, behind];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const text = this.texts[middle];
      if (text.length <= depth || text.charCodeAt(depth) < byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function encode(first: number, behind: number, depth: number): number {
  return first * FIRST + behind * BEHIND + depth;
}

function decode(state: number): LiteralState {
  return { first: Math.floor(state / FIRST), behind: Math.floor((state % FIRST) / BEHIND), depth: state % BEHIND };
}
