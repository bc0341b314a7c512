import type { LengthRange } from './length-range.js';
import { type Automaton, DEAD } from '../regex/automaton.js';
import { CharacterDecoder } from './character-decoder.js';
import { LengthLimits } from './length-limits.js';
import type { PatternBudget } from '../regex/pattern-budget.js';

/** Texts that an automaton accepts, of a range of lengths in code points, and what is needed to write them as JSON strings. */
export class TextSet {
  readonly decoder: CharacterDecoder;
  readonly limits: LengthLimits;

  /** @throws {PatternError} where it is too large */
  constructor(
    readonly automaton: Automaton,
    private readonly lengths: LengthRange,
    budget: PatternBudget,
  ) {
    this.decoder = new CharacterDecoder(automaton.alphabet, budget);
    this.limits = new LengthLimits(automaton, lengths, budget);
  }

  get isEmpty(): boolean {
    return this.limits.isEmpty;
  }

  /** True if there are endlessly many texts behind each beginning of one. */
  get isEndless(): boolean {
    return !this.limits.isEmpty && !this.limits.isBounded && hasCycleBehindAll(this.automaton);
  }

  has(text: string): boolean {
    const length = Array.from(text).length;
    return length >= this.lengths.min && length <= this.lengths.max && this.automaton.matches(text);
  }
}

function hasCycleBehindAll({ stateCount, table, alphabet: { size } }: Automaton): boolean {
  // Where no state is without a next one, each has a way that never ends.
  for (let state = 0; state < stateCount; state++) {
    if (!table.subarray(state * size, (state + 1) * size).some((to) => to !== DEAD)) return false;
  }
  return true;
}
