import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import type { JsonType, SchemaObject } from './json-schema.js';

/** Keywords about values of a type, which a schema without `type` implies. */
const TYPE_OF_KEYWORD = new Map<string, JsonType>(
  Object.entries({
    properties: 'object',
    required: 'object',
    additionalProperties: 'object',
    patternProperties: 'object',
    propertyNames: 'object',
    minProperties: 'object',
    maxProperties: 'object',
    dependencies: 'object',
    dependentRequired: 'object',
    dependentSchemas: 'object',
    unevaluatedProperties: 'object',
    items: 'array',
    prefixItems: 'array',
    additionalItems: 'array',
    minItems: 'array',
    maxItems: 'array',
    uniqueItems: 'array',
    contains: 'array',
    minContains: 'array',
    maxContains: 'array',
    unevaluatedItems: 'array',
    minLength: 'string',
    maxLength: 'string',
    pattern: 'string',
    format: 'string',
    minimum: 'number',
    maximum: 'number',
    exclusiveMinimum: 'number',
    exclusiveMaximum: 'number',
    multipleOf: 'number',
  }),
);

/** Keywords that say what is valid by other schemas, of the same value. */
export const APPLICATORS: ReadonlySet<string> = new Set([
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
]);

/** Keywords about values of any type. */
const VALUES: ReadonlySet<string> = new Set(['type', 'enum', 'const']);

/** Keywords of the specifications that would change what is valid. */
const NOT_SUPPORTED: ReadonlySet<string> = new Set([
  'contains',
  'unevaluatedItems',
  'unevaluatedProperties',
  '$dynamicRef',
  '$recursiveRef',
]);
/** Those of draft 3, which are annotations since. */
const OF_DRAFT_3: ReadonlySet<string> = new Set(['extends', 'disallow', 'divisibleBy']);

/** True if a keyword says what is valid, beside applicators; names outside of the vocabulary are annotations. */
export function isConstraint(keyword: string): boolean {
  return TYPE_OF_KEYWORD.has(keyword) || VALUES.has(keyword);
}

export function typeOfKeyword(keyword: string): JsonType | undefined {
  return TYPE_OF_KEYWORD.get(keyword);
}

/** @throws `invalid_json_schema` naming a keyword that is not supported */
export function assertSupported(schema: SchemaObject, pointer: string, isDraft3: boolean): void {
  for (const keyword of Object.keys(schema)) {
    if (!NOT_SUPPORTED.has(keyword) && !(isDraft3 && OF_DRAFT_3.has(keyword))) continue;
    // What allows all is an annotation.
    if (schema[keyword] === true && keyword.startsWith('unevaluated')) continue;
    throw invalidJsonSchema(`${pointer}/${keyword}`, `the keyword "${keyword}" is not supported`);
  }
}
