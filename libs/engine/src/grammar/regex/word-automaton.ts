import { Alphabet } from './alphabet.js';
import { Automaton, DEAD } from './automaton.js';
import { LAST_CODE_POINT } from './character-set.js';
import type { PatternBudget } from './pattern-budget.js';

/**
 * The automaton of some texts.
 * @throws {PatternError} where they are too large
 */
export function wordAutomaton(words: readonly string[], budget: PatternBudget): Automaton {
  const characters = new Set(words.flatMap((word) => Array.from(word, (character) => character.codePointAt(0)!)));
  budget.step(characters.size);
  const alphabet = Alphabet.of([...characters].map((code) => [{ low: code, high: code }]));
  const rows: Int32Array[] = [];
  const accepting: number[] = [];
  const add = (): number => {
    budget.addTable(alphabet.size);
    budget.assertStates(rows.length + 1);
    accepting.push(0);
    return rows.push(new Int32Array(alphabet.size).fill(DEAD)) - 1;
  };
  const start = add();
  for (const word of words) {
    let state = start;
    for (const character of word) {
      budget.step();
      const symbol = alphabet.symbolOf(character.codePointAt(0)!);
      // A text with half of a surrogate pair is never written.
      if (symbol < 0) {
        state = DEAD;
        break;
      }
      if (rows[state][symbol] === DEAD) rows[state][symbol] = add();
      state = rows[state][symbol];
    }
    if (state !== DEAD) accepting[state] = 1;
  }
  const table = new Int32Array(rows.length * alphabet.size);
  for (const [i, row] of rows.entries()) table.set(row, i * alphabet.size);
  return new Automaton(alphabet, table, Uint8Array.from(accepting), start).trimmed(budget);
}

/** The automaton of all texts. */
export function anyTextAutomaton(): Automaton {
  const alphabet = Alphabet.of([[{ low: 0, high: LAST_CODE_POINT }]]);
  return new Automaton(alphabet, new Int32Array(alphabet.size), Uint8Array.of(1), 0);
}
