import { Alphabet } from './alphabet.js';
import { Automaton, DEAD } from './automaton.js';
import { LAST_CODE_POINT } from './character-set.js';
import type { PatternBudget } from './pattern-budget.js';

/**
 * The automaton of some texts.
 * @throws {PatternError} where they are too large
 */
export function wordAutomaton(words: readonly string[], budget: PatternBudget): Automaton {
  return new WordTree(words, budget).automaton(DEAD).trimmed(budget);
}

/**
 * The automaton of all texts but some.
 * @throws {PatternError} where they are too large
 */
export function otherTextAutomaton(words: readonly string[], budget: PatternBudget): Automaton {
  const tree = new WordTree(words, budget);
  const any = tree.add();
  return tree.automaton(any);
}

/** The automaton of all texts. */
export function anyTextAutomaton(): Automaton {
  const alphabet = Alphabet.of([[{ low: 0, high: LAST_CODE_POINT }]]);
  return new Automaton(alphabet, new Int32Array(alphabet.size), Uint8Array.of(1), 0);
}

/** Texts as a tree of their characters. */
class WordTree {
  private readonly alphabet: Alphabet;
  private readonly rows: Int32Array[] = [];
  private readonly ends = new Set<number>();

  constructor(
    words: readonly string[],
    private readonly budget: PatternBudget,
  ) {
    const characters = new Set(words.flatMap((word) => Array.from(word, (character) => character.codePointAt(0)!)));
    budget.step(characters.size);
    this.alphabet = Alphabet.of([...characters].map((code) => [{ low: code, high: code }]));
    this.add();
    for (const word of words) this.addWord(word);
  }

  add(): number {
    this.budget.addTable(this.alphabet.size);
    this.budget.assertStates(this.rows.length + 1);
    return this.rows.push(new Int32Array(this.alphabet.size).fill(DEAD)) - 1;
  }

  /** @param others where what is no word leads to; it matches where that is a state, and else words match */
  automaton(others: number): Automaton {
    const { size } = this.alphabet;
    const table = new Int32Array(this.rows.length * size);
    for (const [i, row] of this.rows.entries()) table.set(row, i * size);
    if (others !== DEAD) for (let at = 0; at < table.length; at++) if (table[at] === DEAD) table[at] = others;
    const accepting = Uint8Array.from(this.rows, (_, state) => (this.ends.has(state) === (others === DEAD) ? 1 : 0));
    return new Automaton(this.alphabet, table, accepting, 0);
  }

  private addWord(word: string): void {
    let state = 0;
    for (const character of word) {
      this.budget.step();
      const symbol = this.alphabet.symbolOf(character.codePointAt(0)!);
      // A text with half of a surrogate pair is never written.
      if (symbol < 0) return;
      if (this.rows[state][symbol] === DEAD) this.rows[state][symbol] = this.add();
      state = this.rows[state][symbol];
    }
    this.ends.add(state);
  }
}
