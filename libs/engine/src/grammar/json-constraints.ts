import { Constraint } from './constraint.js';
import { Grammar } from './grammar.js';
import { jsonGrammar, STRING } from './json-grammar.js';
import { invalidJsonSchema } from './json-schema.errors.js';
import type { JsonSchema } from './json-schema.js';
import { TokenMasks } from './token-masks.js';
import { TokenTrie } from './token-trie.js';

/** Schemas whose grammars are kept, and how many configurations they may have met together. */
const LIMITS = { grammars: 64, configurations: 50_000 } as const;

/** Makes constraints from JSON schemas; keeps the grammars of those that came last, and what is known of them. */
export class JsonConstraints {
  private readonly grammars = new Map<string, Grammar>();
  private readonly trie: TokenTrie;
  private masks: TokenMasks;

  constructor(
    vocabSize: number,
    private readonly bytesOf: (token: number) => Uint8Array | undefined,
  ) {
    // Now, not between the passes of others: it takes a second for a vocabulary of 150,000.
    this.trie = new TokenTrie(vocabSize, bytesOf);
    this.masks = new TokenMasks(this.trie);
    this.masks.prepare(STRING.matcher);
  }

  /** @throws `invalid_json_schema` */
  make(schema: JsonSchema): Constraint {
    const grammar = this.grammar(schema);
    return new Constraint(grammar, this.masks, this.bytesOf);
  }

  private grammar(schema: JsonSchema): Grammar {
    const key = JSON.stringify(schema);
    this.forgetWhereFull();
    const grammar = this.grammars.get(key) ?? new Grammar(jsonGrammar(schema));
    if (grammar.start.isDead) throw invalidJsonSchema('', 'no value is valid');
    // The last one that came is the last one to go.
    this.grammars.delete(key);
    this.grammars.set(key, grammar);
    if (this.grammars.size > LIMITS.grammars) this.grammars.delete(this.grammars.keys().next().value!);
    return grammar;
  }

  /** Answers that are being written keep what they have. */
  private forgetWhereFull(): void {
    const met = [...this.grammars.values()].reduce((sum, { size }) => sum + size, 0);
    if (met <= LIMITS.configurations && !this.masks.isFull) return;
    this.grammars.clear();
    this.masks = new TokenMasks(this.trie);
  }
}
