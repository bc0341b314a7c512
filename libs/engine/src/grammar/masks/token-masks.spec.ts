import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Constraint } from '../constraint.js';
import { jsonGrammar } from '../json-grammar.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { jsonSchemas } from '../../testing/json-schemas.js';
import { TokenMasks } from './token-masks.js';
import { TokenTrie } from './token-trie.js';

const encoder = new TextEncoder();
/** All bytes, and pieces of JSON and text that cross the borders of what a grammar's matchers recognise. */
const PIECES = [
  '{"',
  '":',
  '","',
  '"}',
  '"}]',
  '},{"',
  ':[',
  '1',
  '12',
  '-1',
  '1,',
  '1}',
  '0.5',
  '.5,"',
  'true',
  'tru',
  'null}',
  '\\',
  '\\u00',
  'é',
  '€"',
  '{"a":',
  ' the',
  'ab"',
  ']]',
  '[]',
  '{}',
  '{}}',
];
const vocabulary = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...PIECES.map((piece) => encoder.encode(piece)),
  encoder.encode('the same'),
  encoder.encode('the same'),
  Uint8Array.of(),
];
const bytesOf = (token: number): Uint8Array | undefined => vocabulary[token];

const SCHEMAS: JsonSchema[] = [
  { type: 'array', items: { type: 'string', pattern: '^[a-e"é€]{1,4}$' } },
  { type: 'string', pattern: 'a.*b', minLength: 3, maxLength: 6 },
  {
    type: 'object',
    patternProperties: { '^a': { type: 'string', format: 'date' }, b$: true },
    properties: { c: true },
  },
  {
    type: 'array',
    items: { anyOf: [{ type: 'string', pattern: '^ab' }, { enum: ['b', 'ab'] }, { type: 'string', maxLength: 1 }] },
  },
  { type: 'object' },
  { type: 'array', items: { type: 'integer', minimum: -12, maximum: 120 } },
  {
    type: 'object',
    properties: { a: { type: 'number' }, ab: { type: 'string', maxLength: 4 }, c: { enum: [1, 12, null, 'ab'] } },
  },
  {
    anyOf: [
      { type: 'array', items: { type: 'string' } },
      { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
    ],
  },
];

describe(TokenMasks, () => {
  it('allows just the tokens whose bytes the grammar takes one after the other', () => {
    const masks = new TokenMasks(new TokenTrie(vocabulary.length, bytesOf));
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...SCHEMAS), jsonSchemas),
        fc.infiniteStream(fc.nat()),
        (schema, choices) => {
          const grammar = jsonGrammar(schema);
          const constraint = new Constraint(() => grammar, masks, bytesOf);
          for (let step = 0; step < 12 && !constraint.mustEnd; step++) {
            const logits = new Float32Array(vocabulary.length);
            constraint.mask(logits);
            const allowed = [...logits.keys()].filter((token) => logits[token] === 0);
            expect(allowed).toEqual([...logits.keys()].filter((token) => constraint.allows(token)));
            expect(allowed.length).toBeGreaterThan(0);
            constraint.accept(allowed[choices.next().value! % allowed.length]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
