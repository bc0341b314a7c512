import { PatternError } from './pattern.js';

/** Steps to make automata of, and numbers in their tables. */
const LIMITS = { steps: 200_000, entries: 300_000, states: 6000 } as const;

/** Bounds what the regular expressions of one schema may cost. */
export class PatternBudget {
  static readonly states: number = LIMITS.states;
  private steps = 0;
  private entries = 0;

  /** Bytes of all tables. */
  get bytes(): number {
    return this.entries * 4;
  }

  /** True if tables of so many numbers leave half of the room for others. */
  hasRoomFor(entries: number): boolean {
    return this.entries + entries <= LIMITS.entries / 2;
  }

  /** @throws {PatternError} */
  step(count = 1): void {
    this.steps += count;
    if (this.steps > LIMITS.steps) throw new PatternError('it takes too long to compile');
  }

  /** @throws {PatternError} */
  addTable(entries: number): void {
    this.entries += entries;
    if (this.entries > LIMITS.entries) throw new PatternError('it is too large');
  }

  /** @throws {PatternError} */
  assertStates(count: number): void {
    if (count > LIMITS.states) throw new PatternError(`it needs more than ${LIMITS.states} states`);
  }
}
