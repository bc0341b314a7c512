import { DEAD } from '../regex/automaton.js';
import { NO_CHARACTER } from '../texts/character-decoder.js';
import type { TextSet } from '../texts/text-set.js';
import type { ByteMatcher } from './byte-matcher.js';

const [BEFORE, CLOSED, FIRST] = [0, 1, 2];
const QUOTE = 0x22;

/**
 * Matches a JSON string, quotes included, whose text is in a set. Its states are the characters so far, as far as they
 * matter, the state of the set's automaton, and the bytes so far of a character.
 */
export class PatternMatcher implements ByteMatcher<number> {
  readonly start = BEFORE;

  constructor(private readonly texts: TextSet) {}

  next(state: number, byte: number): number | undefined {
    const { automaton, decoder, limits } = this.texts;
    if (state < FIRST) {
      if (state === CLOSED || byte !== QUOTE || limits.isEmpty) return undefined;
      return FIRST + automaton.start * decoder.nodeCount;
    }
    const node = (state - FIRST) % decoder.nodeCount;
    const place = (state - FIRST - node) / decoder.nodeCount;
    if (node === 0 && byte === QUOTE) return this.mayClose(place) ? CLOSED : undefined;
    const to = decoder.table[node * 256 + byte];
    if (to === NO_CHARACTER) return undefined;
    if (to < NO_CHARACTER) {
      const next = this.step(place, NO_CHARACTER - 1 - to);
      return next === DEAD ? undefined : FIRST + next * decoder.nodeCount;
    }
    for (const symbol of decoder.symbolsBelow[to]) {
      if (this.step(place, symbol) !== DEAD) return FIRST + place * decoder.nodeCount + to;
    }
    return undefined;
  }

  accepts(state: number): boolean {
    return state === CLOSED;
  }

  continues(state: number): boolean {
    return state !== CLOSED;
  }

  private mayClose(place: number): boolean {
    const { automaton, limits } = this.texts;
    const state = place % automaton.stateCount;
    return limits.accepts((place - state) / automaton.stateCount, state);
  }

  /** The count and the state behind another character, as one number; {@link DEAD} where it cannot follow. */
  private step(place: number, symbol: number): number {
    const { automaton, limits } = this.texts;
    const state = place % automaton.stateCount;
    const next = automaton.table[state * automaton.alphabet.size + symbol];
    if (next === DEAD || limits.isFree) return next;
    const count = (place - state) / automaton.stateCount + 1;
    if (count > limits.mostCounted && limits.isBounded) return DEAD;
    const counted = Math.min(count, limits.mostCounted);
    return limits.isOpen(counted, next) ? counted * automaton.stateCount + next : DEAD;
  }
}
