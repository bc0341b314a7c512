import { invalidJsonSchema } from '../../errors/json-schema.errors.js';

/** A JSON schema (https://json-schema.org/draft/2020-12), or what is given as one. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** Values that are not valid; stands for a negation, and is in no schema that is given. */
export const EXCLUDED = Symbol('excluded');
/** A regular expression that a string must not match; likewise. */
export const NOT_PATTERN = Symbol('notPattern');

export interface SchemaObject {
  readonly [keyword: string]: unknown;
  readonly [EXCLUDED]?: readonly unknown[];
  readonly [NOT_PATTERN]?: unknown;
}

export const JSON_TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
export function optionalCount(schema: SchemaObject, keyword: string, pointer: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalidJsonSchema(`${pointer}/${keyword}`, 'it must be a whole number of 0 or more');
  }
  return value as number;
}

/** A finite number, by its keyword. */
export function optionalNumber(schema: SchemaObject, keyword: string, pointer: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalidJsonSchema(`${pointer}/${keyword}`, 'it must be a number');
  }
  return value;
}

/** A value as JSON that is the same for equal values. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    // JSON has larger numbers than JavaScript, which would be written as null.
    if (typeof inner === 'number' && !Number.isFinite(inner))
      throw invalidJsonSchema('', 'it has a number beyond 1.8e308');
    return isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner;
  });
}
