import type { LengthRange } from './length-range.js';
import { type Automaton, DEAD } from '../regex/automaton.js';
import type { PatternBudget } from '../regex/pattern-budget.js';

/** No text is so long; the states of a matcher are counted up to it. */
const LONGEST = 2 ** 24;

/** Tells at which counts of characters so far a text can still be accepted by an automaton and within a range of lengths. */
export class LengthLimits {
  /** Counting more characters would change nothing. */
  readonly mostCounted: number;
  private readonly min: number;
  private readonly max: number;
  /** Characters at least from each state to an accepting one. */
  private readonly shortest: Int32Array;
  /** By count and state, where the least length is more than the automaton's own. */
  private readonly open: Uint8Array | undefined;

  /** @throws {PatternError} where it is too large */
  constructor(
    private readonly automaton: Automaton,
    { min, max }: LengthRange,
    budget: PatternBudget,
  ) {
    budget.step(2 * automaton.table.length);
    this.shortest = shortestWays(automaton);
    const isMinOwn = automaton.isEmpty || this.shortest[automaton.start] >= min;
    const isMaxOwn = max === Infinity || longestWay(automaton) <= max;
    this.min = isMinOwn ? 0 : min;
    this.max = isMaxOwn ? Infinity : Math.min(max, LONGEST);
    this.mostCounted = isMaxOwn ? this.min : this.max;
    if (this.min > 0 && !automaton.isEmpty) {
      budget.step((this.mostCounted + 1) * automaton.table.length);
      budget.addTable(((this.mostCounted + 1) * automaton.stateCount) / 4);
      this.open = this.openStates();
    }
  }

  /** True if the automaton alone decides. */
  get isFree(): boolean {
    return this.mostCounted === 0 && !this.isBounded;
  }

  /** True if a text may have no more characters than are counted. */
  get isBounded(): boolean {
    return this.max !== Infinity;
  }

  /** True if no text is left. */
  get isEmpty(): boolean {
    return this.automaton.isEmpty || !this.isOpen(0, this.automaton.start);
  }

  /** True if a text of so many characters that is at a state is accepted, or goes on to one that is. */
  isOpen(count: number, state: number): boolean {
    if (this.open) return this.open[count * this.automaton.stateCount + state] === 1;
    return count + this.shortest[state] <= this.max;
  }

  /** True if a text may end there. */
  accepts(count: number, state: number): boolean {
    return this.automaton.accepting[state] === 1 && count >= this.min && count <= this.max;
  }

  private openStates(): Uint8Array {
    const { automaton, mostCounted } = this;
    const { stateCount, table } = automaton;
    const { size } = automaton.alphabet;
    const open = new Uint8Array((mostCounted + 1) * stateCount);
    const leadsToOpen = (state: number, behind: number): boolean => {
      for (let at = state * size; at < (state + 1) * size; at++) {
        if (table[at] !== DEAD && open[behind + table[at]] === 1) return true;
      }
      return false;
    };
    // Behind the last count that matters all states are alike, or the text is too long.
    if (this.max === Infinity) open.fill(1, mostCounted * stateCount);
    for (let count = mostCounted; count >= 0; count--) {
      // Behind the last count nothing is open that is not marked already.
      const behind = count < mostCounted ? (count + 1) * stateCount : -1;
      for (let state = 0; state < stateCount; state++) {
        const isOpen = this.accepts(count, state) || (behind >= 0 && leadsToOpen(state, behind));
        if (isOpen) open[count * stateCount + state] = 1;
      }
    }
    return open;
  }
}

function shortestWays(automaton: Automaton): Int32Array {
  const { stateCount, table, accepting } = automaton;
  const { size } = automaton.alphabet;
  const before: number[][] = Array.from({ length: stateCount }, () => []);
  for (let at = 0; at < table.length; at++) {
    const state = Math.floor(at / size);
    if (table[at] !== DEAD && before[table[at]].at(-1) !== state) before[table[at]].push(state);
  }
  const shortest = new Int32Array(stateCount).fill(-1);
  const reached = [...accepting.keys()].filter((state) => accepting[state] === 1);
  for (const state of reached) shortest[state] = 0;
  // An array goes on to what is added to it meanwhile.
  for (const state of reached) {
    for (const from of before[state]) {
      if (shortest[from] >= 0) continue;
      shortest[from] = shortest[state] + 1;
      reached.push(from);
    }
  }
  return shortest;
}

/** Characters of the longest text that is accepted. */
function longestWay({ stateCount, table, alphabet: { size } }: Automaton): number {
  const inward = new Int32Array(stateCount);
  for (const to of table) if (to !== DEAD) inward[to]++;
  const longest = new Int32Array(stateCount);
  const free = [...inward.keys()].filter((state) => inward[state] === 0);
  let count = 0;
  for (const state of free) {
    count++;
    for (let symbol = 0; symbol < size; symbol++) {
      const to = table[state * size + symbol];
      if (to === DEAD) continue;
      longest[to] = Math.max(longest[to], longest[state] + 1);
      if (--inward[to] === 0) free.push(to);
    }
  }
  return count < stateCount ? Infinity : Math.max(0, ...longest);
}
