import { isAppError } from '@frontier/errors';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../sampler/random.js';
import { combinedSchemas } from '../testing/combined-schemas.js';
import { jsonGrammar } from './json-grammar.js';
import type { Grammar } from './machine/grammar.js';
import type { JsonSchema } from './schema/json-schema.js';

/** A validator, and its word on a value: `undefined` where ajv 8.20 fails of a reference in place or of what it notes aside. */
function validatorOf(schema: object): (value: unknown) => boolean | undefined {
  const validate = addFormats.default(new Ajv2020({ strict: false })).compile(schema);
  return (value) => {
    try {
      return validate(value);
    } catch (error) {
      if (error instanceof RangeError || error instanceof ReferenceError) return undefined;
      throw error;
    }
  };
}

function grammarOf(schema: JsonSchema): Grammar | undefined {
  try {
    return jsonGrammar(schema);
  } catch (error) {
    if (isAppError(error) && error.code === 'invalid_json_schema') return undefined;
    throw error;
  }
}

/** A text of the language, drawn byte by byte; strings and lists end early. */
function draw(grammar: Grammar, seed: number, maxBytes: number): string | undefined {
  const random = seededRandom(seed);
  const bytes: number[] = [];
  let at = grammar.start;
  for (; bytes.length < maxBytes; at = grammar.next(at, bytes.at(-1)!)) {
    const possible = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !grammar.next(at, byte).isDead);
    if (at.isEnd && (possible.length === 0 || random() < 0.3)) return Buffer.from(bytes).toString();
    // A place from which nothing leads on would cut an answer short.
    expect(possible.length).toBeGreaterThan(0);
    const closing = possible.filter((byte) => '"]}'.includes(String.fromCharCode(byte)));
    const from = closing.length > 0 && random() < 0.4 ? closing : possible;
    bytes.push(from[Math.floor(random() * from.length)]);
  }
  return undefined;
}

describe('schemas that combine keywords', () => {
  it('describe only values that validate, or are refused', () => {
    const seen = { valid: 0, refused: 0 };
    fc.assert(
      fc.property(combinedSchemas, fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), (schema, seeds) => {
        const grammar = grammarOf(schema);
        if (!grammar) {
          seen.refused++;
          return;
        }
        const validate = validatorOf(schema);
        for (const seed of seeds) {
          const text = draw(grammar, seed, 300);
          if (text === undefined) continue;
          const isValid = validate(JSON.parse(text));
          expect([text, isValid]).not.toEqual([text, false]);
          if (isValid) seen.valid++;
        }
      }),
      { numRuns: 400 },
    );
    expect(seen.valid).toBeGreaterThan(400);
    expect(seen.refused).toBeLessThan(220);
  });
});
