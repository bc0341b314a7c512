import { type CharacterSet, LAST_CODE_POINT } from './character-set.js';
import type { PatternBudget } from './pattern-budget.js';
import { type Pattern, PatternError } from './pattern.js';

/** States of the automaton of a pattern with choices. */
const MAX_STATES = 5000;

const ANY_CHARACTER: CharacterSet = [{ low: 0, high: LAST_CODE_POINT }];

/** A state of an automaton with choices: it goes on without a character, at a place only, or behind a character of a set. */
export interface PatternState {
  /** The place at which it goes on, where not everywhere. */
  at?: 'start' | 'end';
  set?: CharacterSet;
  to: number[];
}

/** The automaton, with choices, of texts that hold a match of a pattern (Thompson's construction). */
export class PatternStates {
  readonly states: PatternState[] = [];
  readonly start: number;
  /** Behind a match: anything may follow. */
  readonly match: number;

  /** @throws {PatternError} where it is too large */
  constructor(
    pattern: Pattern,
    private readonly budget: PatternBudget,
  ) {
    this.match = this.add({ to: [] });
    const first = this.before(pattern, this.match);
    this.start = this.add({ to: [first] });
    const loop = this.add({ set: ANY_CHARACTER, to: [this.start] });
    this.states[this.start].to.push(loop);
  }

  private add(state: PatternState): number {
    if (this.states.length >= MAX_STATES) throw new PatternError(`it needs more than ${MAX_STATES} states`);
    return this.states.push(state) - 1;
  }

  /** A state from which a pattern leads to another one. */
  private before(pattern: Pattern, next: number): number {
    this.budget.step();
    switch (pattern.kind) {
      case 'characters':
        return this.add({ set: pattern.set, to: [next] });
      case 'start':
      case 'end':
        return this.add({ at: pattern.kind, to: [next] });
      case 'sequence':
        return pattern.parts.reduceRight((behind, part) => this.before(part, behind), next);
      case 'choice':
        return this.add({ to: pattern.options.map((option) => this.before(option, next)) });
      case 'repeat':
        return this.repeated(pattern, next);
      case 'lookahead':
        throw new PatternError('lookahead is supported only behind the "^" at the beginning');
    }
  }

  private repeated({ of, min, max }: Pattern & { kind: 'repeat' }, next: number): number {
    let first = next;
    if (max === Infinity) {
      first = this.add({ to: [next] });
      this.states[first].to.push(this.before(of, first));
    }
    const more = max === Infinity ? 0 : max - min;
    for (let i = 0; i < more; i++) first = this.add({ to: [next, this.before(of, first)] });
    for (let i = 0; i < min; i++) first = this.before(of, first);
    return first;
  }
}
