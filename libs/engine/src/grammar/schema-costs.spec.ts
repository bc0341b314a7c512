import { beforeAll, describe, expect, it } from 'vitest';
import { COSTLY_SCHEMAS, REFUSED_SCHEMAS } from '../testing/costly-schemas.js';
import { JSON_VOCABULARY, PREFERENCES, writeAnswer } from '../testing/json-vocabulary.js';
import type { Constraint } from './constraint.js';
import type { Grammar } from './machine/grammar.js';
import { JsonConstraints } from './json-constraints.js';
import { jsonGrammar } from './json-grammar.js';
import type { JsonSchema } from './schema/json-schema.js';

const MAX_BYTES = 8 * 2 ** 20;
const MAX_THREADS = 4;

interface State {
  grammar: Grammar;
  at: { threads: unknown[] };
}

const stateOf = (constraint: Constraint): State => Reflect.get(constraint, 'state') as State;

describe('costly schemas', () => {
  let constraints: JsonConstraints;
  beforeAll(() => {
    constraints = new JsonConstraints(JSON_VOCABULARY.length, (token) => JSON_VOCABULARY[token]);
  });

  it.each(Object.entries(COSTLY_SCHEMAS))('%s: followed and kept within bounds', (_, schema) => {
    const answers = constraints.make(schema, PREFERENCES.length);
    for (const [i, preferred] of PREFERENCES.entries()) {
      writeAnswer(answers[i], preferred, 40);
      const { grammar, at } = stateOf(answers[i]);
      expect(grammar.bytes).toBeLessThan(MAX_BYTES);
      expect(at.threads.length).toBeLessThanOrEqual(MAX_THREADS);
    }
  });

  it.each(Object.entries(REFUSED_SCHEMAS))('%s: refused', (_, schema) => {
    let error: unknown;
    try {
      jsonGrammar(schema);
    } catch (refusal) {
      error = refusal;
    }
    expect(error).toMatchObject({ code: 'invalid_json_schema', status: 422 });
    expect((error as Error).message).toMatch(/more than \d+|too many ways|takes too long|is too large/);
  });

  it('never finds at a later token that an answer has too many ways', () => {
    // Each level doubles what a machine without merged ways would follow.
    const schema: JsonSchema = {
      $ref: '#/$defs/a',
      $defs: { a: { anyOf: [2, 3].map((maxItems) => ({ type: 'array', items: { $ref: '#/$defs/a' }, maxItems })) } },
    };
    const [constraint] = constraints.make(schema, 1);
    for (let depth = 0; depth < 2000; depth++) constraint.accept(0x5b);
    writeAnswer(constraint, /[\]]/, 20);
    expect(stateOf(constraint).at.threads.length).toBeLessThanOrEqual(MAX_THREADS);
  });
});
