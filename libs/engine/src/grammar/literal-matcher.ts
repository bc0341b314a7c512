import type { ByteMatcher } from './byte-matcher.js';

/** The texts from `from` to `to`, all of which have the same first `depth` bytes. */
interface LiteralState {
  from: number;
  to: number;
  depth: number;
}

/** Matches any of some texts, which it keeps as sorted bytes. */
export class LiteralMatcher implements ByteMatcher<LiteralState> {
  readonly start: LiteralState;
  readonly hasFewStates = false;
  readonly cost = 1;
  private readonly texts: Buffer[];
  private readonly states = new Map<string, LiteralState>();

  constructor(texts: readonly string[]) {
    this.texts = [...new Set(texts)].map((text) => Buffer.from(text)).sort(Buffer.compare);
    this.start = { from: 0, to: this.texts.length, depth: 0 };
  }

  next({ from, to, depth }: LiteralState, byte: number): LiteralState | undefined {
    const first = this.bound(from, to, depth, byte);
    const last = this.bound(first, to, depth, byte + 1);
    return first === last ? undefined : this.state(first, last, depth + 1);
  }

  accepts({ from, depth }: LiteralState): boolean {
    return this.texts[from].length === depth;
  }

  continues({ from, to, depth }: LiteralState): boolean {
    return to - from > 1 || this.texts[from].length > depth;
  }

  /** The first text whose byte at a depth is this one or a larger one; those that end there are smaller. */
  private bound(from: number, to: number, depth: number, byte: number): number {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.texts[middle][depth] ?? -1) < byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Equal states are the same object. */
  private state(from: number, to: number, depth: number): LiteralState {
    const key = `${from} ${to} ${depth}`;
    let state = this.states.get(key);
    if (!state) this.states.set(key, (state = { from, to, depth }));
    return state;
  }
}
