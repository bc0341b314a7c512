import { Alphabet } from './alphabet.js';
import { Automaton, DEAD } from './automaton.js';
import type { PatternBudget } from './pattern-budget.js';
import { PatternError } from './pattern.js';

/** Automata that are followed at once; each has a bit. */
const MAX_AUTOMATA = 16;

/**
 * Follows a text in several automata at once.
 * @returns by which of them match, as bits from the first one on, the automaton of the texts that just these match
 * @throws {PatternError} where it is too large
 */
export function automataByMatches(
  automata: readonly Automaton[],
  budget: PatternBudget,
  isWanted: (matches: number) => boolean = () => true,
): Map<number, Automaton> {
  if (automata.length > MAX_AUTOMATA)
    throw new PatternError(`more than ${MAX_AUTOMATA} patterns for one text are not supported`);
  const { alphabet, symbolsIn } = Alphabet.merged(automata.map((automaton) => automaton.alphabet));
  const numbers = new Map<string, number>();
  const tuples: number[][] = [];
  const matches: number[] = [];
  const rows: Int32Array[] = [];
  const stateOf = (tuple: number[]): number => {
    budget.step(automata.length);
    const key = tuple.join();
    let number = numbers.get(key);
    if (number === undefined) {
      numbers.set(key, (number = tuples.length));
      tuples.push(tuple);
      budget.assertStates(tuples.length);
      matches.push(
        tuple.reduce(
          (bits, state, i) => (state !== DEAD && automata[i].accepting[state] === 1 ? bits | (1 << i) : bits),
          0,
        ),
      );
    }
    return number;
  };
  const start = stateOf(automata.map((automaton) => automaton.start));
  for (let state = 0; state < tuples.length; state++) {
    budget.addTable(alphabet.size);
    rows.push(
      Int32Array.from(symbolsIn, (symbols) =>
        stateOf(tuples[state].map((each, i) => automata[i].next(each, symbols[i]))),
      ),
    );
  }
  const table = new Int32Array(rows.length * alphabet.size);
  for (const [i, row] of rows.entries()) table.set(row, i * alphabet.size);
  const found = new Map<number, Automaton>();
  for (const wanted of new Set(matches)) {
    if (!isWanted(wanted)) continue;
    const accepting = Uint8Array.from(matches, (bits) => (bits === wanted ? 1 : 0));
    found.set(wanted, new Automaton(alphabet, table, accepting, start).trimmed(budget));
  }
  return found;
}

/** The texts that all of some automata match, and none of others. */
export function intersectionOf(
  automata: readonly Automaton[],
  others: readonly Automaton[],
  budget: PatternBudget,
): Automaton {
  if (automata.length === 1 && others.length === 0) return automata[0];
  const wanted = 2 ** automata.length - 1;
  const found = automataByMatches([...automata, ...others], budget, (matches) => matches === wanted).get(wanted);
  return found ?? new Automaton(Alphabet.of([]), new Int32Array(), new Uint8Array(), DEAD);
}
