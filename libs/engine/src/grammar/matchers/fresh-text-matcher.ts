import type { TextSet } from '../texts/text-set.js';
import type { ByteMatcher } from './byte-matcher.js';
import { PatternMatcher } from './pattern-matcher.js';

/**
 * Matches a JSON string whose text is in a set and none of some texts. Its states are numbers of what was read so far, since what
 * follows depends on all of it; they are known as long as the matcher is.
 */
export class FreshTextMatcher implements ByteMatcher<number> {
  readonly start = 0;
  /** Matches any text of the set. */
  readonly pattern: PatternMatcher;
  /** By state: that of the pattern, the state before it, and the byte between them. */
  private readonly patternStates = [0];
  private readonly befores = [-1];
  private readonly bytes = [0];
  private readonly behind = new Map<number, number>();

  /** @param taken texts as bytes of JSON, quotes included, one character each */
  constructor(
    texts: TextSet,
    readonly taken: readonly string[],
  ) {
    this.pattern = new PatternMatcher(texts);
    this.patternStates[0] = this.pattern.start;
  }

  next(state: number, byte: number): number | undefined {
    const key = state * 256 + byte;
    const known = this.behind.get(key);
    if (known !== undefined) return known;
    const next = this.pattern.next(this.patternStates[state], byte);
    if (next === undefined) return undefined;
    if (this.pattern.accepts(next) && this.isTaken(this.textOf(state) + String.fromCharCode(byte))) return undefined;
    const number = this.patternStates.push(next) - 1;
    this.befores.push(state);
    this.bytes.push(byte);
    this.behind.set(key, number);
    return number;
  }

  accepts(state: number): boolean {
    return this.pattern.accepts(this.patternStates[state]);
  }

  continues(state: number): boolean {
    return this.pattern.continues(this.patternStates[state]);
  }

  /** The state of the pattern in a state. */
  patternState(state: number): number {
    return this.patternStates[state];
  }

  /** The bytes that lead to a state, one character each. */
  textOf(state: number): string {
    const bytes: number[] = [];
    for (let at = state; at > 0; at = this.befores[at]) bytes.push(this.bytes[at]);
    return String.fromCharCode(...bytes.toReversed());
  }

  isTaken(text: string): boolean {
    return this.taken.includes(text);
  }
}
