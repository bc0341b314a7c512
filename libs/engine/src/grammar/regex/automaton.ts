import type { Alphabet } from './alphabet.js';
import type { PatternBudget } from './pattern-budget.js';

export const DEAD = -1;

/** A deterministic automaton over code points, of which each state leads to an accepting one. */
export class Automaton {
  /** @param table the state behind each symbol, by state and symbol; {@link DEAD} where no match is left */
  constructor(
    readonly alphabet: Alphabet,
    readonly table: Int32Array,
    readonly accepting: Uint8Array,
    readonly start: number,
  ) {}

  get stateCount(): number {
    return this.accepting.length;
  }

  /** True if it matches no text. */
  get isEmpty(): boolean {
    return this.start === DEAD;
  }

  next(state: number, symbol: number): number {
    return symbol < 0 || state === DEAD ? DEAD : this.table[state * this.alphabet.size + symbol];
  }

  matches(text: string): boolean {
    let state = this.start;
    for (const character of text) {
      state = this.next(state, this.alphabet.symbolOf(character.codePointAt(0)!));
      if (state === DEAD) return false;
    }
    return state !== DEAD && this.accepting[state] === 1;
  }

  /** The automaton without the states from which no accepting one can be reached, or that cannot be reached. */
  trimmed(budget: PatternBudget): Automaton {
    const { size } = this.alphabet;
    const count = this.stateCount;
    budget.step(count * size);
    const isLive = this.liveStates();
    if (this.start === DEAD || isLive[this.start] === 0)
      return new Automaton(this.alphabet, new Int32Array(), new Uint8Array(), DEAD);
    const numbers = new Int32Array(count).fill(DEAD);
    const kept = [this.start];
    numbers[this.start] = 0;
    for (const state of kept) {
      for (let symbol = 0; symbol < size; symbol++) {
        const to = this.table[state * size + symbol];
        if (to === DEAD || isLive[to] === 0 || numbers[to] !== DEAD) continue;
        numbers[to] = kept.length;
        kept.push(to);
      }
    }
    const table = new Int32Array(kept.length * size).fill(DEAD);
    for (const [i, state] of kept.entries()) {
      for (let symbol = 0; symbol < size; symbol++) {
        const to = this.table[state * size + symbol];
        if (to !== DEAD) table[i * size + symbol] = numbers[to];
      }
    }
    return new Automaton(
      this.alphabet,
      table,
      Uint8Array.from(kept, (state) => this.accepting[state]),
      0,
    );
  }

  private liveStates(): Uint8Array {
    const { size } = this.alphabet;
    const count = this.stateCount;
    const before: number[][] = Array.from({ length: count }, () => []);
    for (let state = 0; state < count; state++) {
      let last = DEAD;
      for (let symbol = 0; symbol < size; symbol++) {
        const to = this.table[state * size + symbol];
        if (to !== DEAD && to !== last) before[to].push(state);
        last = to;
      }
    }
    const isLive = Uint8Array.from(this.accepting);
    const open = [...this.accepting.keys()].filter((state) => isLive[state] === 1);
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      for (const from of before[state]) {
        if (isLive[from] === 1) continue;
        isLive[from] = 1;
        open.push(from);
      }
    }
    return isLive;
  }
}
