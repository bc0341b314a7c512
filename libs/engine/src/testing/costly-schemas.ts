import type { JsonSchema } from '../grammar/schema/json-schema.js';

type Schemas = Readonly<Record<string, JsonSchema>>;

const times = <Value>(count: number, make: (i: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i));

function properties(
  count: number,
  make: (i: number) => JsonSchema,
  name = (i: number): string => `property_${i}`,
): object {
  return Object.fromEntries(times(count, (i) => [name(i), make(i)]));
}

/** A list of any of some schemas, so that they come again and again. */
function listOfAny(count: number, make: (i: number) => JsonSchema): JsonSchema {
  return { type: 'array', items: { anyOf: times(count, make) } };
}

function recursive(anyOf: readonly JsonSchema[]): JsonSchema {
  return { $ref: '#/$defs/a', $defs: { a: { anyOf } } };
}

const a = { $ref: '#/$defs/a' };

const mesh = (size: number, options: (i: number) => JsonSchema[]): JsonSchema => ({
  $ref: '#/$defs/d0',
  $defs: Object.fromEntries(times(size, (i) => [`d${i}`, { anyOf: options(i) }])),
});
const inMesh = (i: number): JsonSchema => ({ $ref: `#/$defs/d${i}` });

/** Schemas that are costly to compile, to follow or to keep, and are taken: the worst that are known for their size. */
export const COSTLY_SCHEMAS: Schemas = {
  '1000 optional properties': { type: 'object', properties: properties(1000, () => ({ type: 'string' })) },
  '1990 optional properties with long names alike': {
    type: 'object',
    properties: properties(
      1990,
      () => true,
      (i) => `${'x'.repeat(40)}${i}`,
    ),
  },
  '1000 properties with escapes': {
    type: 'object',
    properties: properties(
      1000,
      () => ({}),
      (i) => `${'é"\\'.repeat(30)}${i}`,
    ),
  },
  '31 strings of different lengths': { anyOf: times(31, (i) => ({ type: 'string', maxLength: 300 + i })) },
  '900 strings of lengths apart': listOfAny(900, (i) => ({ type: 'string', minLength: 3 * i, maxLength: 3 * i + 1 })),
  '900 ranges of numbers': listOfAny(900, (i) => ({
    type: 'number',
    minimum: i + 0.000123456789,
    maximum: i + 0.00012345679,
  })),
  '1900 numbers with long bounds': {
    type: 'object',
    properties: properties(1900, (i) => ({
      type: 'number',
      minimum: 123456789012345.3 + i,
      maximum: 323456789012345.7 + i,
    })),
  },
  '490 lists of numbers': listOfAny(490, (i) => ({ type: 'array', items: { type: 'number', minimum: i } })),
  '490 dictionaries of integers': listOfAny(490, (i) => ({
    type: 'object',
    additionalProperties: { type: 'integer', minimum: i },
  })),
  '250 objects of the same names': listOfAny(250, (i) => ({
    type: 'object',
    properties: properties(6, (k) => ({ type: 'integer', minimum: i + k })),
  })),
  '70 objects within each other': recursive(
    times(70, (i) => ({ type: 'object', properties: { a, b: a, c: { type: 'string', maxLength: i } } })),
  ),
  '70 lists within each other': recursive(times(70, (i) => ({ type: 'array', items: a, maxItems: i + 1 }))),
  '390 objects that differ in their first property': {
    anyOf: times(390, (i) => ({
      type: 'object',
      properties: {
        type: { const: `tool_${i}` },
        argument: {
          type: ['array', 'object'],
          items: { type: 'string', maxLength: i },
          properties: { [`a${i}`]: true },
        },
      },
      required: ['type', 'argument'],
    })),
  },
  '1000 constants with a long beginning alike': { enum: times(1000, (i) => 'x'.repeat(90) + i) },
  '1000 objects written out': { enum: times(1000, (i) => ({ a: [1, 2, { b: i }], c: 'x'.repeat(50) })) },
  'a mesh of objects': mesh(30, (i) => [
    { type: 'null' },
    { type: 'object', properties: properties(30, (k) => inMesh((i * 7 + k) % 30)) },
    { type: 'object', properties: properties(20, (k) => inMesh((i * 5 + k + 3) % 30)) },
  ]),
  'constants that are as deep as lists within each other': recursive([
    { type: 'array', items: a },
    { const: times(40, (i) => i).reduce<unknown>((inner) => [inner], null) },
  ]),
  'patterns that count to a thousand': listOfAny(5, (i) => ({ type: 'string', pattern: `^[a-m${i}]{1,1000}$` })),
  'a pattern of every plane of Unicode': { type: 'string', pattern: '^(?:[^"\\\\]|\\n|[\u{10000}-\u{10ffff}])*$' },
  'a pattern of 400 words': { type: 'string', pattern: `^(?:${times(400, (i) => `w${i * 7919}`).join('|')})$` },
  '12 patterns of names': {
    type: 'object',
    patternProperties: properties(
      6,
      (i) => ({ type: 'string', pattern: `^x{${i}}` }),
      (i) => `^[a-z]{${i}}[0-9]`,
    ) as Record<string, JsonSchema>,
  },
  'a long text of a pattern': { type: 'string', pattern: '^[a-z]+( [a-z]+)*$', minLength: 500, maxLength: 5000 },
  '60 options that exclude each other': {
    oneOf: times(60, (i) => ({
      type: 'object',
      properties: { kind: { const: i }, ...properties(8, () => ({ type: 'string' })) },
      required: ['kind'],
    })),
  },
  '8 conditions': {
    type: 'object',
    properties: properties(8, () => ({ type: 'boolean' })),
    allOf: times(8, (i) => ({
      if: { properties: { property_0: { const: i % 2 === 0 } }, required: ['property_0'] },
      else: { required: [`property_${i}`] },
    })),
  },
  'a set of 900 constants': { type: 'array', uniqueItems: true, items: { enum: times(900, (i) => `constant ${i}`) } },
  'every format': {
    type: 'object',
    properties: Object.fromEntries(
      ['date-time', 'email', 'hostname', 'ipv6', 'uri', 'duration', 'uuid', 'regex'].map((format) => [
        format,
        { type: 'string', format },
      ]),
    ),
  },
  'a million items': {
    type: 'array',
    minItems: 1_000_000,
    items: { type: 'array', minItems: 1_000_000, items: { type: 'null' } },
  },
};

/** Schemas that would be too costly, and are refused. */
export const REFUSED_SCHEMAS: Schemas = {
  '1900 references one after the other': {
    ...(mesh(1900, (i) => (i === 1899 ? [{ type: 'null' }] : [inMesh(i + 1)])) as object),
  },
  '600 lists at one place': listOfAny(600, (i) => ({
    type: 'array',
    items: { type: 'string', maxLength: i },
    maxItems: i + 1,
  })),
  '500 lists within each other': recursive(times(500, (i) => ({ type: 'array', items: a, maxItems: i + 1 }))),
  '5400 constants at one place': listOfAny(6, (i) => ({
    type: 'object',
    properties: { a: { enum: times(900, (k) => `${i}.${k}`) } },
  })),
  'an enum of long lists at 1,900 places': {
    type: 'object',
    properties: Object.fromEntries(times(1900, (i) => [`p${i}`, { $ref: '#/$defs/b', type: 'null' }])),
    $defs: { b: { enum: times(1000, (i) => times(80, (k) => i * 80 + k)) } },
  },
  'forty options of 1,000 numbers': { oneOf: times(40, (i) => ({ enum: times(1000, (k) => i * 1000 + k) })) },
  '300 options of 90 constants': {
    oneOf: times(300, (i) => ({
      type: 'object',
      properties: { a: { enum: times(90, (k) => `${i}.${k}`) } },
      required: ['a'],
    })),
  },
  'a pattern of exponential size': { type: 'string', pattern: '(a|b)*a(a|b){25}$' },
  'patterns within each other': { type: 'string', pattern: '(((((a{9}){9}){9}){9}){9}){9}' },
  'nothing, repeated without end': { type: 'string', pattern: '((((){9999}){9999}){9999}){9999}' },
  'a pattern as long as its text': { type: 'string', pattern: '^([a-z]{2}|[b-y]{3}){900}$', minLength: 2000 },
  'nine patterns at once': { allOf: times(9, (i) => ({ type: 'string', pattern: `[a-z]{${i}}[0-9]{${20 + i}}x` })) },
  '300 patterns': {
    type: 'object',
    properties: properties(300, (i) => ({ type: 'string', pattern: `^[a-z]{1,${200 + i}}$` })),
  },
  '20 patterns at one place': listOfAny(20, (i) => ({ type: 'string', pattern: `^${'x'.repeat(i)}[a-z]+$` })),
  'conditions that double': {
    allOf: times(40, (i) => ({
      anyOf: [{ properties: { [`a${i}`]: { type: 'string' } } }, { properties: { [`b${i}`]: { type: 'string' } } }],
      type: 'object',
    })),
  },
  '900 options that may not exclude each other': {
    oneOf: times(900, (i) => ({ type: 'object', required: [`a${i}`], properties: { [`a${i}`]: { minimum: i } } })),
  },
  '1000 schemas at once, and 1000 options': {
    allOf: times(900, (i) => ({ minProperties: i % 3 })),
    anyOf: times(900, (i) => ({ properties: { [`a${i}`]: true } })),
  },
  '300 options that must all be told apart': {
    oneOf: times(300, (i) => ({
      type: 'object',
      properties: properties(5, (k) => ({ maximum: i * k })),
      required: [`a${i}`],
    })),
  },
  'a mesh of lists': mesh(40, (i) => [{ type: 'array', items: inMesh((i + 1) % 40) }, ...times(40, (k) => inMesh(k))]),
};
