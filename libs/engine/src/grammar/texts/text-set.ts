import type { LengthRange } from './length-range.js';
import type { Automaton } from '../regex/automaton.js';
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

  has(text: string): boolean {
    const length = Array.from(text).length;
    return length >= this.lengths.min && length <= this.lengths.max && this.automaton.matches(text);
  }
}
