import fc from 'fast-check';
import type { JsonSchema } from '../grammar/schema/json-schema.js';

type Schema = Record<string, unknown>;

const NAMES = ['a', 'ab', 'b1', 'c', 'x-y', 'kind'];
const name = fc.constantFrom(...NAMES);
const pattern = fc.constantFrom('^a', 'b$', '^[a-c]+$', '\\d', '^x-', '^(?!a)', '^.{1,3}$', '[^b]', 'a|b', '^$');
const format = fc.constantFrom(
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
  'uri',
  'json-pointer',
  'int32',
);
const scalar = fc.oneof(fc.constantFrom('a', 'ab', 'b', '', 'x-', null, true, false), fc.integer({ min: -3, max: 9 }));
const count = fc.nat(3);
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });
const some = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Schema> =>
  fc
    .record(Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, optional(value)])))
    .map((schema) => Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined)));

const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
const type = fc.oneof(
  fc.constantFrom(...types),
  fc.uniqueArray(fc.constantFrom(...types), { minLength: 1, maxLength: 3 }),
);
const dictionary = (value: fc.Arbitrary<unknown>, key: fc.Arbitrary<string> = name): fc.Arbitrary<unknown> =>
  fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true });

const schemas = fc.letrec<{ schema: unknown }>((tie) => {
  const schema = tie('schema');
  const list = fc.array(schema, { minLength: 1, maxLength: 3 });
  const texts = some({ type: fc.constant('string'), minLength: count, maxLength: fc.nat(9), pattern, format });
  const numbers = some({
    type: fc.constantFrom('number', 'integer'),
    minimum: fc.integer({ min: -5, max: 5 }),
    maximum: fc.integer({ min: 0, max: 20 }),
    exclusiveMinimum: fc.integer({ min: -5, max: 5 }),
    multipleOf: fc.constantFrom(1, 2, 0.5, 3),
  });
  const objects = some({
    type: fc.constant('object'),
    properties: dictionary(schema),
    required: fc.uniqueArray(name, { maxLength: 2 }),
    additionalProperties: fc.oneof(fc.boolean(), schema),
    patternProperties: dictionary(schema, pattern),
    propertyNames: fc.oneof(texts, fc.record({ enum: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }) })),
    minProperties: fc.nat(2),
    maxProperties: count,
    dependentRequired: dictionary(fc.uniqueArray(name, { maxLength: 2 })),
    dependentSchemas: dictionary(schema),
  });
  const lists = some({
    type: fc.constant('array'),
    items: schema,
    prefixItems: list,
    minItems: fc.nat(2),
    maxItems: count,
    uniqueItems: fc.boolean(),
  });
  const values = fc.oneof(
    fc.record({ enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 5, selector: JSON.stringify }) }),
    fc.record({ const: scalar }),
    fc.record({ type }),
    fc.constantFrom({ $ref: '#/$defs/node' }, { $ref: '#/$defs/text' }),
  );
  const tagged = fc
    .uniqueArray(scalar, { minLength: 2, maxLength: 3, selector: JSON.stringify })
    .chain((tags) => fc.tuple(...tags.map((tag) => objects.map((object) => taggedWith(object, tag)))))
    .map((oneOf) => ({ oneOf }));
  const combined = some({
    allOf: list,
    anyOf: list,
    oneOf: list,
    not: schema,
    ...Object.fromEntries(['if', 'then', 'else'].map((keyword) => [keyword, schema])),
    $ref: fc.constantFrom('#/$defs/node', '#/$defs/text', '#'),
  });
  const merged = fc
    .array(fc.oneof(texts, numbers, objects, lists, values, combined), { minLength: 2, maxLength: 3 })
    .map((all) => Object.assign({}, ...all) as Schema);
  return {
    schema: fc.oneof(
      { depthSize: 'xsmall', withCrossShrink: true },
      fc.oneof(values, fc.boolean()),
      texts,
      numbers,
      objects,
      lists,
      tagged,
      combined,
      merged,
    ),
  };
}).schema;

function taggedWith(object: Schema, tag: unknown): Schema {
  const { properties = {}, required = [] } = object as { properties?: object; required?: string[] };
  return {
    ...object,
    properties: { kind: { const: tag }, ...properties },
    required: [...new Set([...required, 'kind'])],
  };
}

const $defs = {
  node: {
    type: 'object',
    properties: { a: { type: 'integer' }, b1: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
    required: ['a'],
  },
  text: { type: 'string', minLength: 1 },
};

/** Random JSON schemas that combine keywords, of which some are refused. */
export const combinedSchemas: fc.Arbitrary<Exclude<JsonSchema, boolean>> = schemas.map((schema) => ({
  ...(typeof schema === 'boolean' ? { allOf: [schema] } : (schema as object)),
  $defs,
}));
