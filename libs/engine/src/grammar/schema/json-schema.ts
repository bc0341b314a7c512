import { invalidJsonSchema } from '../../errors/json-schema.errors.js';

/** A JSON schema (https://json-schema.org/draft/2020-12), or what is given as one. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** Keywords that imply a JSON type. */
const TYPE_OF_KEYWORD = new Map<string, JsonType>(
  Object.entries({
    properties: 'object',
    required: 'object',
    additionalProperties: 'object',
    items: 'array',
    minItems: 'array',
    maxItems: 'array',
    minLength: 'string',
    maxLength: 'string',
    minimum: 'number',
    maximum: 'number',
    exclusiveMinimum: 'number',
    exclusiveMaximum: 'number',
  }),
);

const JSON_TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** Keywords that say nothing about what is valid. */
const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

/** The keywords of a schema that say what is valid. */
export function constraintsOf(schema: object): string[] {
  return Object.keys(schema).filter((keyword) => !ANNOTATIONS.has(keyword));
}

/**
 * The types that a schema without `$ref`, `anyOf`, `enum` and `const` allows; all, where it says nothing.
 * @throws `invalid_json_schema` naming a keyword that is not supported, or is none of the types'
 */
export function typesOf(schema: { readonly [keyword: string]: unknown }, pointer: string): readonly JsonType[] {
  const constraints = constraintsOf(schema);
  for (const keyword of constraints) {
    if (keyword !== 'type' && !TYPE_OF_KEYWORD.has(keyword)) {
      throw invalidJsonSchema(`${pointer}/${keyword}`, `the keyword "${keyword}" is not supported`);
    }
  }
  if (schema.type !== undefined) return declaredTypes(schema.type, `${pointer}/type`);
  const implied = [...new Set(constraints.map((keyword) => TYPE_OF_KEYWORD.get(keyword)!))];
  return implied.length > 0 ? implied : JSON_TYPES.filter((type) => type !== 'integer');
}

function declaredTypes(given: unknown, pointer: string): readonly JsonType[] {
  const types = Array.isArray(given) ? (given as unknown[]) : [given];
  for (const type of types) {
    if (!JSON_TYPES.includes(type as JsonType)) {
      throw invalidJsonSchema(pointer, `${JSON.stringify(type)} is not one of ${JSON_TYPES.join(', ')}`);
    }
  }
  if (types.length === 0) throw invalidJsonSchema(pointer, 'a value must have some type');
  return types as JsonType[];
}

/** True if a value has one of the types. */
export function hasType(value: unknown, types: readonly JsonType[]): boolean {
  if (value === null) return types.includes('null');
  if (Array.isArray(value)) return types.includes('array');
  if (typeof value === 'number')
    return types.includes('number') || (types.includes('integer') && Number.isInteger(value));
  return types.includes(typeof value as JsonType);
}

/** A whole number of 0 or more, by its keyword. */
export function optionalCount(
  schema: { readonly [keyword: string]: unknown },
  keyword: string,
  pointer: string,
): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalidJsonSchema(`${pointer}/${keyword}`, 'it must be a whole number of 0 or more');
  }
  return value as number;
}

/** A finite number, by its keyword. */
export function optionalNumber(
  schema: { readonly [keyword: string]: unknown },
  keyword: string,
  pointer: string,
): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalidJsonSchema(`${pointer}/${keyword}`, 'it must be a number');
  }
  return value;
}
