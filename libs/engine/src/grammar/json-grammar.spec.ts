import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../sampler/random.js';
import type { Configuration } from './machine/configuration.js';
import { jsonGrammar } from './json-grammar.js';
import type { JsonSchema } from './schema/json-schema.js';
import { jsonSchemas } from '../testing/json-schemas.js';

function follow(schema: JsonSchema, text: string): Configuration {
  const grammar = jsonGrammar(schema);
  let at = grammar.start;
  for (const byte of new TextEncoder().encode(text)) at = grammar.next(at, byte);
  return at;
}

const accepts = (schema: JsonSchema, text: string): boolean => follow(schema, text).isEnd;

/** A text of the language, drawn byte by byte. Strings and lists end early, so that texts do. */
function draw(schema: JsonSchema, seed: number, maxBytes: number): string | undefined {
  const random = seededRandom(seed);
  const bytes: number[] = [];
  const grammar = jsonGrammar(schema);
  let at = grammar.start;
  for (; bytes.length < maxBytes; at = grammar.next(at, bytes.at(-1)!)) {
    const possible = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !grammar.next(at, byte).isDead);
    if (at.isEnd && (possible.length === 0 || random() < 0.3))
      return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
    expect(possible.length).toBeGreaterThan(0);
    const closing = possible.filter((byte) => '"]}'.includes(String.fromCharCode(byte)));
    const from = closing.length > 0 && random() < 0.4 ? closing : possible;
    bytes.push(from[Math.floor(random() * from.length)]);
  }
  return undefined;
}

describe(jsonGrammar, () => {
  it('describes texts that parse, are compact, and validate, for random schemas', () => {
    let ended = 0;
    fc.assert(
      fc.property(jsonSchemas, fc.nat(), (document, seed) => {
        // ajv calls them.
        fc.pre(!/toString|valueOf/.test(JSON.stringify(document)));
        const text = draw(document, seed, 400);
        if (text === undefined) return;
        ended++;
        const value: unknown = JSON.parse(text);
        const validate = new Ajv({ strict: false }).compile(document);
        if (!validate(value)) throw new Error(`${text} is not valid: ${JSON.stringify(validate.errors)}`);
      }),
      { numRuns: 400 },
    );
    expect(ended).toBeGreaterThan(300);
  });

  it.each<[JsonSchema, string[], string[]]>([
    [{ type: 'string' }, ['""', '"aé€😀"', '"\\n\\u00e9"'], ['"a', '"\n"', '"\\x"', '"\\ud800"', ' ""']],
    [{ type: 'integer' }, ['0', '-7', '123456789012345'], ['01', '1.0', '+1', '1234567890123456']],
    [{ type: 'number' }, ['0', '-1.5', '2e10', '1.25E-7'], ['.5', '1.', '1e', '1e100', 'NaN']],
    [{ type: 'integer', minimum: 5, maximum: 120 }, ['5', '99', '120'], ['4', '121', '-5', '1200', '0']],
    [{ type: 'integer', minimum: -20, exclusiveMaximum: -3 }, ['-20', '-4'], ['-21', '-3', '4', '-0']],
    [{ type: 'number', minimum: 0, maximum: 1 }, ['0', '1', '0.5', '1.0'], ['1.1', '-0.1', '2', '1e0']],
    [
      { type: 'array', items: { type: 'null' }, minItems: 1, maxItems: 2 },
      ['[null]', '[null,null]'],
      ['[]', '[null,]', '[null,null,null]'],
    ],
    [{ type: 'object' }, ['{}', '{"a":{"b":[1,"c"]}}'], ['[]', '{"a"}', '{a:1}']],
    [true, ['1', 'null', '[[[]]]', '{"":true}'], ['', 'nul', '[1,]']],
    [{ enum: [1, 12, 'a', { b: null }] }, ['1', '12', '"a"', '{"b":null}'], ['2', '"b"', '121']],
    [{ const: 'é"' }, ['"é\\""'], ['"é"']],
    [{ type: 'string', enum: ['a', 1] }, ['"a"'], ['1']],
    [
      { properties: { a: { type: 'null' } }, required: ['b'] },
      ['{"a":null,"b":1}', '{"b":[]}'],
      ['{}', '{"a":null}', '{"b":1,"a":null}'],
    ],
    [{ type: 'string', minLength: 2, maxLength: 3 }, ['"ab"', '"é€😀"', '"\\n\\u0041c"'], ['"a"', '"abcd"']],
    [{ type: ['boolean', 'null'] }, ['true', 'null'], ['0']],
    [{ $ref: '#/$defs/t', $defs: { t: { type: 'array', items: { $ref: '#' } } } }, ['[]', '[[],[[]]]'], ['[1]', '[']],
    [{ $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'null' } } }, ['null'], ['1']],
    [
      { type: 'object', required: ['a'], properties: { a: { anyOf: [{ $ref: '#' }, { type: 'null' }] } } },
      ['{"a":null}', '{"a":{"a":null}}'],
      ['{}'],
    ],
    [{ type: 'object', properties: { a: { $ref: '#' } } }, ['{}', '{"a":{"a":{}}}'], ['{"a":1}']],
    [{ type: 'array', minItems: 0, items: { $ref: '#' } }, ['[]', '[[],[]]'], ['[1]']],
    [{ allOf: [{ type: 'null' }], title: 'x' }, ['null'], ['1']],
    [{ type: 'object', required: ['x', 'x'] }, ['{"x":1}'], ['{"x":1,"x":2}']],
    [
      { type: 'number', minimum: 0.1234567890123451, maximum: 0.12345678901236 },
      ['0.123456789012346', '0.12345678901235'],
      ['0.1', '0.123456789012345'],
    ],
  ])('of %j', (schema, texts, others) => {
    for (const text of texts) expect([text, accepts(schema, text)]).toEqual([text, true]);
    for (const text of others) expect([text, accepts(schema, text)]).toEqual([text, false]);
  });

  it.each<[unknown, string, RegExp]>([
    [{ type: 'object', properties: { 'a/b~': { oneOf: [] } } }, '/properties/a~1b~0/oneOf', /1 to 1000/],
    [{ type: 'array', items: { contains: true } }, '/items/contains', /"contains" is not supported/],
    [{ type: 'text' }, '/type', /"text" is not one of object, array/],
    [{ $ref: '#/nowhere' }, '/$ref', /nothing at "#\/nowhere"/],
    [{ $ref: 'https://example.com/schema' }, '/$ref', /same schema/],
    [{ $ref: '#' }, '', /"#" requires itself/],
    [{ type: 'object', required: ['a'], properties: { a: { $ref: '#' } } }, '', /"#" requires itself/],
    [{ type: 'object', required: ['a'], additionalProperties: { $ref: '#' } }, '', /"#" requires itself/],
    [{ type: 'array', minItems: 1, items: { anyOf: [{ $ref: '#' }] } }, '', /"#" requires itself/],
    [
      {
        $ref: '#/$defs/a',
        $defs: {
          a: { type: 'object', required: ['b'], properties: { b: { $ref: '#/$defs/b' } } },
          b: { type: 'array', minItems: 2, items: { $ref: '#/$defs/a' } },
        },
      },
      '',
      /"#\/\$defs\/[ab]" requires itself/,
    ],
    [{ $ref: '#/%' }, '/$ref', /no URI/],
    [{ type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 1 }, '', /no number/],
    [{ type: 'integer', minimum: 3, maximum: 2 }, '', /no number/],
    [{ type: 'integer', minimum: 6305.9, maximum: 6305.900192 }, '', /no number/],
    [{ items: { type: 'number', minimum: 1e300 } }, '/items', /at most 15 digits/],
    [{ enum: Array.from({ length: 60 }, (_, i) => `${i}`.padEnd(2000, 'x')) }, '/enum', /100000 characters/],
    [{ anyOf: [] }, '/anyOf', /1 to 1000/],
    [{ enum: [] }, '/enum', /no value/],
    [{ enum: ['a'], type: 'integer' }, '/enum', /no value/],
    [{ enum: ['a'], minLength: 2 }, '/enum', /no value/],
    [{ enum: [{ a: 1 }], required: ['a'] }, '/required', /beside an enum or const of lists or objects/],
    [{ type: 'array', minItems: 3, maxItems: 2 }, '/minItems', /more than maxItems/],
    [{ type: 'array', minItems: -1 }, '/minItems', /whole number/],
    [{ type: 'object', required: ['a'], additionalProperties: false }, '/required', /"a" is required/],
    [{ type: 'object', properties: { a: false }, required: ['a'] }, '/properties/a', /no value/],
    [{ type: 'object', properties: [] }, '/properties', /object/],
    [{ properties: { a: 5 } }, '/properties/a', /an object, true or false/],
    [5, '', /an object, true or false/],
  ])('refuses %j by its place', (schema, pointer, detail) => {
    expect(() => jsonGrammar(schema as JsonSchema)).toThrow(
      expect.objectContaining({ errors: [{ pointer, detail: expect.stringMatching(detail) }] }),
    );
  });

  it('refuses what is too large or too deep', () => {
    let deep: JsonSchema = { type: 'null' };
    for (let i = 0; i < 100; i++) deep = { type: 'array', items: deep };
    expect(() => jsonGrammar(deep)).toThrow(/deeper than 64/);
    const wide = {
      anyOf: Array.from({ length: 900 }, (_, i) => ({
        anyOf: Array.from({ length: 9 }, (__, k) => ({ enum: [i, k] })),
      })),
    };
    expect(() => jsonGrammar(wide as unknown as JsonSchema)).toThrow(/more than 2000 schemas/);
  });

  it('reads references one after the other, and names the place that more than 64 of them lead to', () => {
    const chain = (length: number): JsonSchema => ({
      $ref: '#/$defs/d0',
      $defs: Object.fromEntries(
        Array.from({ length }, (_, i) => [
          `d${i}`,
          i === length - 1 ? { type: 'null' } : { $ref: `#/$defs/d${i + 1}` },
        ]),
      ),
    });
    expect(accepts(chain(64), 'null')).toBe(true);
    const expected = [
      { pointer: '/$defs/d63/$ref', detail: expect.stringMatching(/more than 64 references lead here/) },
    ];
    for (const length of [65, 700, 1900]) {
      expect(() => jsonGrammar(chain(length))).toThrow(expect.objectContaining({ errors: expected }));
    }
  });

  it('takes any of several schemas for what they take alone, however much they overlap', () => {
    let seen = 0;
    const options = fc.array(jsonSchemas, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(options, fc.nat(), fc.nat(), (documents, from, seed) => {
        const { $defs } = documents[0];
        const anyOf = documents.map((document) => ({ ...document, $defs: undefined }));
        const text = draw(documents[from % documents.length], seed, 200);
        if (text === undefined) return;
        seen++;
        const both = { type: 'array', items: { anyOf }, $defs };
        expect(accepts(both, `[${text}]`)).toBe(true);
        // The same schemas twice, in another order, and one byte less or more.
        const twice = { anyOf: [...anyOf.toReversed(), { anyOf }], $defs };
        for (const changed of [text, text.slice(0, -1), text.slice(1), `${text}1`, `${text}}`]) {
          expect(accepts(twice, changed)).toBe(documents.some((document) => accepts(document, changed)));
        }
      }),
      { numRuns: 150 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('follows lists of lists in all ways, however deep', () => {
    const lists = (maxItems: number): JsonSchema => ({ type: 'array', items: { $ref: '#/$defs/a' }, maxItems });
    const ambiguous = { $ref: '#/$defs/a', $defs: { a: { anyOf: [lists(2), lists(3), lists(4)] } } };
    const deep = (inner: string): string => '['.repeat(200) + inner + ']'.repeat(200);
    for (const inner of ['[]', '[[],[],[]],[[],[],[],[]]']) expect(accepts(ambiguous, deep(inner))).toBe(true);
    expect(accepts(ambiguous, deep('[[],[],[],[],[]]'))).toBe(false);
  });

  it('leaves out what would never end', () => {
    const endless = { type: 'object', required: ['a'], properties: { a: { $ref: '#/$defs/endless' } } };
    const schema = (rest: object): JsonSchema => ({ ...rest, $defs: { endless } });
    const $ref = '#/$defs/endless';
    expect(accepts(schema({ anyOf: [{ $ref }, { type: 'null' }] }), 'null')).toBe(true);
    expect(follow(schema({ anyOf: [{ $ref }, { type: 'null' }] }), '{').isDead).toBe(true);
    expect(follow(schema({ type: 'array', items: { $ref } }), '[{').isDead).toBe(true);
    expect(follow(schema({ type: 'object', additionalProperties: { $ref } }), '{"').isDead).toBe(true);
    expect(follow(schema({ type: 'object', properties: { b: { $ref }, c: true } }), '{"b').isDead).toBe(true);
  });

  it('knows a text as well when it forgets what it knew at each byte', () => {
    fc.assert(
      fc.property(jsonSchemas, fc.nat(), (document, seed) => {
        const text = draw(document, seed, 200);
        if (text === undefined) return;
        const [grammar, forgetful] = [jsonGrammar(document), jsonGrammar(document, 0)];
        let [a, b] = [grammar.start, forgetful.start];
        for (const byte of new TextEncoder().encode(text)) {
          for (const other of [0x22, 0x2c, 0x31, 0x5d, 0x7d, 0x61]) {
            expect(forgetful.next(b, other).isDead).toBe(grammar.next(a, other).isDead);
          }
          [a, b] = [grammar.next(a, byte), forgetful.next(b, byte)];
        }
        expect(b.isEnd).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
