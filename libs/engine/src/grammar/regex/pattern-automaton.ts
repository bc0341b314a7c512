import { Alphabet } from './alphabet.js';
import { Automaton, DEAD } from './automaton.js';
import type { CharacterSet } from './character-set.js';
import type { PatternBudget } from './pattern-budget.js';
import { intersectionOf } from './combined-automata.js';
import type { Pattern } from './pattern.js';
import { parsePattern } from './pattern-parser.js';
import { PatternStates } from './pattern-states.js';

/**
 * The automaton of the texts that hold a match of a regular expression.
 * @throws {PatternError} where it is wrong, too large or not supported
 */
export function patternAutomaton(source: string, budget: PatternBudget): Automaton {
  const { main, all, none } = withoutLookaheads(parsePattern(source));
  const automata = [main, ...all].map((each) => automatonOf(each, budget));
  return intersectionOf(
    automata,
    none.map((each) => automatonOf(each, budget)),
    budget,
  );
}

function automatonOf(pattern: Pattern, budget: PatternBudget): Automaton {
  return new SubsetConstruction(new PatternStates(pattern, budget), budget).automaton();
}

/** A pattern without the lookaheads at its beginning, and the patterns that texts must match beside it, or must not. */
function withoutLookaheads(pattern: Pattern): { main: Pattern; all: Pattern[]; none: Pattern[] } {
  const all: Pattern[] = [];
  const none: Pattern[] = [];
  if (pattern.kind !== 'sequence' || pattern.parts[0]?.kind !== 'start') return { main: pattern, all, none };
  const [start, ...parts] = pattern.parts;
  const first = parts.findIndex(({ kind }) => kind !== 'lookahead');
  const count = first < 0 ? parts.length : first;
  const rest = parts.slice(count);
  for (const part of parts.slice(0, count)) {
    if (part.kind === 'lookahead') (part.isNegative ? none : all).push({ kind: 'sequence', parts: [start, part.of] });
  }
  return { main: { kind: 'sequence', parts: [start, ...rest] }, all, none };
}

/** Makes an automaton without choices: each of its states is a set of states with choices. */
class SubsetConstruction {
  private readonly alphabet: Alphabet;
  private readonly symbolsOf: (readonly number[])[];
  private readonly numbers = new Map<string, number>();
  private readonly sets: number[][] = [];
  private readonly accepting: number[] = [];
  /** By state, the number of the closure that it is in. */
  private readonly marks: Int32Array;
  private closures = 0;

  constructor(
    private readonly pattern: PatternStates,
    private readonly budget: PatternBudget,
  ) {
    const bySet = new Map<string, CharacterSet>();
    const keyOf = (set: CharacterSet): string => set.map(({ low, high }) => `${low}-${high}`).join();
    const keys = pattern.states.map(({ set }) => set && keyOf(set));
    for (const [i, { set }] of pattern.states.entries()) if (set) bySet.set(keys[i]!, set);
    this.alphabet = Alphabet.of([...bySet.values()]);
    budget.step(pattern.states.length + bySet.size * this.alphabet.starts.length);
    const symbols = new Map([...bySet].map(([key, set]) => [key, this.alphabet.symbolsOf(set)]));
    this.symbolsOf = keys.map((key) => (key === undefined ? [] : symbols.get(key)!));
    this.marks = new Int32Array(pattern.states.length);
  }

  automaton(): Automaton {
    const { size } = this.alphabet;
    const rows: Int32Array[] = [];
    this.stateOf([this.pattern.start], true);
    for (let state = 0; state < this.sets.length; state++) {
      this.budget.addTable(size);
      rows.push(this.rowOf(state));
    }
    const table = new Int32Array(rows.length * size);
    for (const [i, row] of rows.entries()) table.set(row, i * size);
    return new Automaton(this.alphabet, table, Uint8Array.from(this.accepting), 0).trimmed(this.budget);
  }

  private rowOf(state: number): Int32Array {
    const { size } = this.alphabet;
    const set = this.sets[state];
    // Behind a match anything follows.
    if (set.length === 1 && set[0] === this.pattern.match) return new Int32Array(size).fill(state);
    const behind: number[][] = Array.from({ length: size }, () => []);
    for (const member of set) {
      const [to] = this.pattern.states[member].to;
      this.budget.step(this.symbolsOf[member].length);
      for (const symbol of this.symbolsOf[member]) behind[symbol].push(to);
    }
    const known = new Map<string, number>();
    return Int32Array.from(behind, (states) => {
      if (states.length === 0) return DEAD;
      const key = states.join();
      let to = known.get(key);
      if (to === undefined) known.set(key, (to = this.stateOf(states, false)));
      return to;
    });
  }

  private stateOf(states: readonly number[], isStart: boolean): number {
    const closure = this.closure(states, isStart, false);
    const isMatch = closure.includes(this.pattern.match);
    const set = isMatch
      ? [this.pattern.match]
      : closure.filter((state) => this.pattern.states[state].set ?? this.isEnd(state));
    const key = `${isStart ? '^' : ''}${set.join()}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.sets.length;
      this.numbers.set(key, number);
      this.sets.push(set);
      this.budget.assertStates(this.sets.length);
      this.accepting.push(isMatch || this.closure(states, isStart, true).includes(this.pattern.match) ? 1 : 0);
    }
    return number;
  }

  private isEnd(state: number): boolean {
    return this.pattern.states[state].at === 'end';
  }

  /** The states that are reached without a character, in their order. */
  private closure(from: readonly number[], isStart: boolean, isEnd: boolean): number[] {
    const mark = ++this.closures;
    const open = [...from];
    const found: number[] = [];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (this.marks[state] === mark) continue;
      this.marks[state] = mark;
      found.push(state);
      this.budget.step();
      const { set, at, to } = this.pattern.states[state];
      if (set || (at === 'start' && !isStart) || (at === 'end' && !isEnd)) continue;
      open.push(...to);
    }
    return found.sort((a, b) => a - b);
  }
}
