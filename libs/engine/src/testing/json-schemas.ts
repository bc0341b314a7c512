import fc from 'fast-check';
import type { JsonSchema } from '../grammar/schema/json-schema.js';

const leaf = fc.oneof(
  fc.constantFrom<JsonSchema>(
    { type: 'string' },
    { type: 'number' },
    { type: 'integer' },
    { type: 'boolean' },
    { type: 'null' },
    true,
  ),
  fc.record({
    enum: fc.uniqueArray(fc.jsonValue({ maxDepth: 1 }), {
      minLength: 1,
      maxLength: 4,
      selector: (value) => JSON.stringify(value),
    }),
  }),
  fc.record({ const: fc.jsonValue({ maxDepth: 1 }) }),
  fc
    .tuple(fc.nat(5), fc.nat(5))
    .map(([a, b]) => ({ type: 'string', minLength: Math.min(a, b), maxLength: Math.max(a, b) })),
  fc.tuple(fc.integer(), fc.nat()).map(([minimum, span]) => ({ type: 'integer', minimum, maximum: minimum + span })),
  fc
    .tuple(fc.integer({ min: -9, max: 9 }), fc.nat(9))
    .map(([minimum, span]) => ({ type: 'number', minimum, exclusiveMaximum: minimum + span + 0.5 })),
  fc.constantFrom<JsonSchema>({ type: ['string', 'null'] }, { type: ['integer', 'boolean'] }, { $ref: '#/$defs/node' }),
);
const schemas: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .tuple(
        fc.dictionary(fc.string({ maxLength: 6 }), tie('schema'), { maxKeys: 4, noNullPrototype: true }),
        fc.boolean(),
        fc.infiniteStream(fc.boolean()),
      )
      .map(([properties, additionalProperties, isRequired]) => {
        const required = Object.keys(properties).filter(() => isRequired.next().value);
        return { type: 'object', properties, required, additionalProperties };
      }),
    fc
      .tuple(tie('schema'), fc.nat(2), fc.nat(3))
      .map(([items, minItems, more]) => ({ type: 'array', items, minItems, maxItems: minItems + more })),
    tie('schema').map((items) => ({ type: 'array', items })),
    tie('schema').map((additionalProperties) => ({ type: 'object', additionalProperties })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  ),
})).schema;
/** A list that a reference leads into. */
const $defs = {
  node: {
    type: 'object',
    properties: { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
    required: ['value', 'next'],
    additionalProperties: false,
  },
};

/** Random JSON schemas of all keywords that outputs can be kept to. */
export const jsonSchemas: fc.Arbitrary<Exclude<JsonSchema, boolean>> = schemas.map((schema) => ({
  anyOf: [schema],
  $defs,
}));
