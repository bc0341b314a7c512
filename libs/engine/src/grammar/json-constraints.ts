import { createHash } from 'node:crypto';
import { Constraint } from './constraint.js';
import type { Grammar } from './machine/grammar.js';
import { jsonGrammar } from './json-grammar.js';
import type { JsonSchema } from './schema/json-schema.js';
import { compileFormats } from './texts/formats.js';
import { TokenMasks } from './masks/token-masks.js';
import { TokenTrie } from './masks/token-trie.js';

/** Bytes of all grammars that are kept for outputs to come, about; those that outputs follow are bounded each. */
const MAX_BYTES = 64 * 2 ** 20;

/** Makes constraints from JSON schemas; keeps the grammars of those that came last, and what is known of them. */
export class JsonConstraints {
  /** By the digest of the schema: its descriptions may be long. */
  private readonly grammars = new Map<string, Grammar>();
  /** The tokens of the vocabulary. */
  readonly trie: TokenTrie;
  private readonly masks: TokenMasks;

  constructor(
    vocabSize: number,
    readonly bytesOf: (token: number) => Uint8Array | undefined,
  ) {
    // Now, not between the passes of others: it takes a second for a vocabulary of 150,000.
    this.trie = new TokenTrie(vocabSize, bytesOf);
    this.masks = new TokenMasks(this.trie);
    compileFormats();
  }

  /**
   * Constraints for the sequences of one request.
   * @throws `invalid_json_schema`
   */
  make(schema: JsonSchema, count: number): Constraint[] {
    return this.makeFrom(schema, () => jsonGrammar(schema), count);
  }

  /**
   * Constraints to another grammar, for the sequences of one request.
   * @param source everything that it is made of
   * @throws as `make` does
   */
  makeFrom(source: unknown, make: () => Grammar, count: number): Constraint[] {
    const key = createHash('sha256').update(JSON.stringify(source)).digest('base64');
    this.grammar(key, make);
    // One that waits holds no grammar: a queue of large ones would fill the memory.
    const grammar = (): Grammar => this.grammar(key, make);
    return Array.from({ length: count }, () => new Constraint(grammar, this.masks, this.bytesOf));
  }

  private grammar(key: string, make: () => Grammar): Grammar {
    const grammar = this.grammars.get(key) ?? make();
    // The last one that came is the last one to go.
    this.grammars.delete(key);
    this.grammars.set(key, grammar);
    this.forgetWhereFull();
    return grammar;
  }

  /** Outputs that are being written keep what they have. */
  private forgetWhereFull(): void {
    let kept = 0;
    for (const [key, { bytes }] of [...this.grammars].toReversed()) {
      kept += bytes;
      if (kept > MAX_BYTES) this.grammars.delete(key);
    }
  }
}
