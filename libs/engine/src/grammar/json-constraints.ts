import { Constraint } from './constraint.js';
import { Grammar } from './grammar.js';
import { jsonGrammar } from './json-grammar.js';
import { invalidJsonSchema } from './json-schema.errors.js';
import type { JsonSchema } from './json-schema.js';
import { TokenMasks } from './token-masks.js';
import { TokenTrie } from './token-trie.js';

/** Schemas whose grammars are kept, and how large one may become before it is made anew. */
const LIMITS = { grammars: 64, configurations: 10_000 } as const;

/** Makes constraints from JSON schemas; keeps the grammars of those that came last. */
export class JsonConstraints {
  private readonly grammars = new Map<string, Grammar>();
  private lazyMasks: TokenMasks | undefined;

  constructor(
    private readonly vocabSize: number,
    private readonly bytesOf: (token: number) => Uint8Array | undefined,
  ) {}

  /** @throws `invalid_json_schema` */
  make(schema: JsonSchema): Constraint {
    return new Constraint(this.grammar(schema), this.masks, this.bytesOf);
  }

  /** Takes a while for a large vocabulary; so not before it is needed. */
  private get masks(): TokenMasks {
    return (this.lazyMasks ??= new TokenMasks(new TokenTrie(this.vocabSize, this.bytesOf)));
  }

  private grammar(schema: JsonSchema): Grammar {
    const key = JSON.stringify(schema);
    let grammar = this.grammars.get(key);
    if (!grammar || grammar.size > LIMITS.configurations) grammar = new Grammar(jsonGrammar(schema));
    if (grammar.start.isDead) throw invalidJsonSchema('', 'no value is valid');
    // The last one that came is the last one to go.
    this.grammars.delete(key);
    this.grammars.set(key, grammar);
    if (this.grammars.size > LIMITS.grammars) this.grammars.delete(this.grammars.keys().next().value!);
    return grammar;
  }
}
