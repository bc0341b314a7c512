import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { jsonGrammar } from './json-grammar.js';
import type { JsonSchema } from './schema/json-schema.js';

function accepts(schema: JsonSchema, text: string): boolean {
  const grammar = jsonGrammar(schema);
  let at = grammar.start;
  for (const byte of Buffer.from(text)) at = grammar.next(at, byte);
  return at.isEnd;
}

const tagged = (kind: string, more: object): object => ({
  type: 'object',
  properties: { kind: { const: kind }, ...more },
  required: ['kind'],
});

/** A schema, texts that are followed, and others that are not: those that validate are marked with `~`. */
const CASES: [string, JsonSchema, string[], string[]][] = [
  [
    'names outside of the vocabulary are annotations',
    { type: 'null', 'x-order': 1, example: 5, readonly: true, nullable: true, discriminator: {} },
    ['null'],
    ['5'],
  ],
  ['pattern', { type: 'string', pattern: '^[a-z]+$' }, ['"abc"'], ['"aB"', '""', '~"\\u0061"']],
  ['pattern, anywhere', { type: 'string', pattern: 'é"\\n' }, ['"aé\\"\\nb"'], ['"aé"']],
  [
    'pattern and lengths',
    { pattern: '^(ab)+$', minLength: 3, maxLength: 5 },
    ['"abab"'],
    ['"ab"', '"ababab"', '"aba"'],
  ],
  ['format', { type: 'string', format: 'date' }, ['"2024-02-29"'], ['"2023-02-29"', '"2024-2-9"']],
  ['an unknown format', { type: 'string', format: 'color' }, ['"anything"'], ['1']],
  ['int32', { type: 'integer', format: 'int32' }, ['2147483647'], ['2147483648']],
  ['oneOf by type', { oneOf: [{ type: 'string' }, { type: 'null' }] }, ['"a"', 'null'], ['1']],
  [
    'oneOf by a tag',
    { oneOf: [tagged('a', { x: { type: 'integer' } }), tagged('b', { x: { type: 'string' } })] },
    ['{"kind":"a","x":1}', '{"kind":"b","x":"1"}', '{"kind":"b"}'],
    ['{"kind":"a","x":"1"}', '{"kind":"c"}', '{}'],
  ],
  [
    'oneOf by what is required',
    {
      type: 'object',
      properties: { a: { type: 'null' }, b: { type: 'null' } },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    ['{"a":null}', '{"b":null}'],
    ['{"a":null,"b":null}', '{}'],
  ],
  [
    'oneOf by ranges',
    {
      oneOf: [
        { type: 'integer', maximum: 3 },
        { type: 'integer', minimum: 9 },
      ],
    },
    ['3', '9'],
    ['5'],
  ],
  [
    'oneOf that overlaps',
    { oneOf: [{ type: 'string', maxLength: 3 }, { enum: ['ab', 'abcd'] }] },
    ['"x"', '"abcd"'],
    ['"ab"'],
  ],
  [
    'patternProperties',
    { patternProperties: { '^x-': { type: 'integer' } } },
    ['{"x-a":1}', '{}'],
    ['{"x-a":"1"}', '~{"y":1}'],
  ],
  [
    'patternProperties that overlap, beside named ones',
    {
      type: 'object',
      properties: { ab: { type: 'integer' } },
      patternProperties: { '^a': { type: 'number' }, b$: { type: 'integer' } },
      additionalProperties: false,
    },
    ['{"ab":1,"a":1.5,"b":2}', '{"aab":1}'],
    ['{"aab":1.5}', '{"b":1.5}', '{"c":1}', '{"ab":1.5}'],
  ],
  [
    'additionalProperties beside named ones',
    { type: 'object', properties: { a: { type: 'null' } }, additionalProperties: { type: 'integer' } },
    ['{"a":null,"b":1}', '{"b":1}'],
    ['{"a":1}', '{"b":null}', '~{"b":1,"a":null}'],
  ],
  [
    'siblings of $ref',
    {
      $ref: '#/$defs/a',
      required: ['y'],
      $defs: { a: { type: 'object', properties: { x: { type: 'null' }, y: true } } },
    },
    ['{"x":null,"y":1}'],
    ['{"x":null}', '{"x":1,"y":1}'],
  ],
  [
    'allOf',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer', minimum: 3 } }, required: ['a'] },
        { properties: { a: { maximum: 5 }, b: { type: 'null' } } },
      ],
    },
    ['{"a":4}', '{"a":5,"b":null}'],
    ['{"a":2}', '{"a":6}', '{"b":null}'],
  ],
  [
    'siblings of anyOf',
    { type: 'string', maxLength: 2, anyOf: [{ pattern: '^a' }, { const: 'xyz' }, { const: 'b' }] },
    ['"ab"', '"b"'],
    ['"xyz"', '"abc"'],
  ],
  [
    'enum beside others',
    { enum: ['a', 'abc', 7, 9, null], maxLength: 1, minimum: 8, type: ['string', 'number'] },
    ['"a"', '9'],
    ['"abc"', '7', 'null'],
  ],
  [
    'minProperties and maxProperties',
    { type: 'object', properties: { a: true, b: true, c: true }, minProperties: 1, maxProperties: 2 },
    ['{"a":1}', '{"a":1,"c":1}'],
    ['{}', '{"a":1,"b":1,"c":1}'],
  ],
  [
    'dependentRequired',
    { properties: { a: true, b: true }, dependentRequired: { a: ['b'] } },
    ['{"a":1,"b":1}', '{"b":1}', '{}'],
    ['{"a":1}'],
  ],
  [
    'dependencies of draft 7',
    { properties: { a: true, b: true }, dependencies: { a: { properties: { b: { type: 'null' } } } } },
    ['{"a":1,"b":null}', '{"b":1}'],
    ['{"a":1,"b":1}'],
  ],
  ['not', { type: 'string', not: { enum: ['a', 'b'] } }, ['"c"', '"ab"', '""'], ['"a"', '"b"']],
  ['not of a pattern', { type: 'string', not: { pattern: '\\s' } }, ['"ab"'], ['"a b"']],
  ['not of a type', { not: { type: ['object', 'array', 'string'] } }, ['1', 'null'], ['"a"', '{}']],
  [
    'not of required',
    { type: 'object', properties: { a: true, b: true }, not: { required: ['a', 'b'] } },
    ['{"a":1}', '{"b":1}'],
    ['{"a":1,"b":1}'],
  ],
  [
    'if, then, else',
    {
      type: 'object',
      properties: { a: { type: 'boolean' }, b: true },
      required: ['a'],
      if: { properties: { a: { const: true } } },
      // oxlint-disable-next-line unicorn/no-thenable
      then: { required: ['b'] },
      else: { properties: { b: false } },
    },
    ['{"a":true,"b":1}', '{"a":false}'],
    ['{"a":true}', '{"a":false,"b":1}'],
  ],
  [
    'propertyNames',
    { propertyNames: { enum: ['a', 'b'] }, additionalProperties: { type: 'integer' } },
    ['{"a":1,"b":2}', '{}'],
    ['{"c":1}', '{"a":""}'],
  ],
  [
    'propertyNames of a pattern',
    { propertyNames: { pattern: '^[a-z]+$' }, additionalProperties: true },
    ['{"ab":1}'],
    ['{"A":1}'],
  ],
  [
    'prefixItems',
    { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }], items: false, minItems: 2 },
    ['[1,"a"]'],
    ['[1]', '["a",1]', '[1,"a",2]'],
  ],
  [
    'uniqueItems of an enum',
    { type: 'array', items: { enum: ['a', 'b', 3] }, uniqueItems: true, minItems: 1 },
    ['["b","a"]', '[3,"a","b"]'],
    ['["a","a"]', '[]', '["c"]'],
  ],
  ['multipleOf', { type: 'integer', multipleOf: 5, minimum: 0, maximum: 20 }, ['0', '15'], ['7', '25']],
  ['multipleOf of whole numbers', { type: 'number', multipleOf: 1 }, ['15'], ['1.5']],
];

describe('keywords', () => {
  it.each(CASES)('%s', (_, schema, followed, others) => {
    const validate = addFormats.default(new Ajv2020({ strict: false })).compile(schema as object);
    for (const text of followed) {
      expect([text, accepts(schema, text)]).toEqual([text, true]);
      expect([text, validate(JSON.parse(text))]).toEqual([text, true]);
    }
    for (const marked of others) {
      const text = marked.replace(/^~/, '');
      expect([text, accepts(schema, text)]).toEqual([text, false]);
      expect([text, validate(JSON.parse(text))]).toEqual([text, marked.startsWith('~')]);
    }
  });

  it('exclusive bounds up to draft 4 are flags', () => {
    const schema = { type: 'integer', minimum: 3, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false };
    expect(['3', '4', '9', '10'].map((text) => accepts(schema, text))).toEqual([false, true, true, false]);
  });

  it('a list of items up to 2019-09 is what prefixItems is since', () => {
    const schema = { type: 'array', items: [{ type: 'integer' }], additionalItems: { type: 'string' } };
    expect(['[1,"a"]', '[1,2]', '["a"]'].map((text) => accepts(schema, text))).toEqual([true, false, false]);
  });

  it('"#" within a schema that has an identifier is that schema', () => {
    const inner = {
      $id: 'https://example.com/inner',
      type: 'object',
      properties: { a: { $ref: '#/$defs/text' } },
      required: ['a'],
      $defs: { text: { type: 'string' } },
    };
    const schema = { properties: { inner }, required: ['inner'], $defs: { text: { type: 'integer' } } };
    expect(['{"inner":{"a":"x"}}', '{"inner":{"a":1}}'].map((text) => accepts(schema, text))).toEqual([true, false]);
  });

  it('finds a schema by its anchor', () => {
    const schema = { $ref: '#text', $defs: { a: { $anchor: 'text', type: 'string' } } };
    expect(['"a"', '1'].map((text) => accepts(schema, text))).toEqual([true, false]);
  });

  it.each<[object, string, RegExp]>([
    [{ type: 'string', pattern: '(a)\\1' }, '/pattern', /cannot be used: backreferences/],
    [{ type: 'string', pattern: 5 }, '/pattern', /regular expression/],
    [
      { oneOf: [{ type: 'integer' }, { type: 'number' }] },
      '/oneOf/1',
      /valid for it and for another.*"type".*use "anyOf"/,
    ],
    [{ oneOf: [{ items: true }, { items: { type: 'null' } }] }, '/oneOf/0', /valid for it and for another.*"items"/],
    [{ not: { items: { type: 'null' } } }, '/not', /"not" of a schema with "items" is not supported/],
    [{ type: 'array', uniqueItems: true }, '/uniqueItems', /only for values of an enum/],
    [{ type: 'integer', multipleOf: 5 }, '/multipleOf', /at most 1000 multiples/],
    [{ type: 'object', minProperties: 2 }, '/minProperties', /more than 1 properties/],
    [{ propertyNames: { anyOf: [{ pattern: 'a' }, { pattern: 'b' }] } }, '/propertyNames/anyOf', /alternatives/],
    [{ contains: { type: 'null' } }, '/contains', /not supported/],
    [{ unevaluatedProperties: false }, '/unevaluatedProperties', /not supported/],
    [{ $dynamicRef: '#a' }, '/$dynamicRef', /not supported/],
    [{ $schema: 'http://json-schema.org/draft-03/schema#', extends: {} }, '/extends', /not supported/],
    [{ allOf: [{ type: 'string' }, { type: 'null' }] }, '/allOf/0/type', /no type is left/],
    [{ patternProperties: [] }, '/patternProperties', /object/],
    [{ dependentRequired: 5 }, '/dependentRequired', /object/],
    [
      { properties: { a: { $id: 'https://example.com/a', $ref: '#/$defs/b' } }, $defs: { b: true } },
      '/properties/a/$ref',
      /nothing at/,
    ],
    [
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        properties: { a: { $id: 'https://example.com/a', $ref: '#/definitions/b' } },
        definitions: { b: true },
      },
      '/properties/a/$ref',
      /may mean two places/,
    ],
  ])('refuses %j by its place', (schema, pointer, detail) => {
    expect(() => jsonGrammar(schema as JsonSchema)).toThrow(
      expect.objectContaining({ errors: [{ pointer, detail: expect.stringMatching(detail) }] }),
    );
  });
});
