import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { constraintsOf, hasType, type JsonSchema, optionalCount, optionalNumber, typesOf } from './json-schema.js';
import type { NumberBounds } from '../nodes/number-set.js';

export type SchemaObject = Exclude<JsonSchema, boolean>;

/** Options of an `anyOf`, and values of an `enum`, at most. */
const MAX_CHOICES = 1000;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws `invalid_json_schema` where anything but a keyword says what is valid */
export function assertAlone(schema: SchemaObject, keyword: string, pointer: string): void {
  const other = constraintsOf(schema).find((name) => name !== keyword);
  if (other) throw invalidJsonSchema(`${pointer}/${other}`, `"${other}" beside "${keyword}" is not supported`);
}

/** The options of an `anyOf`. */
export function optionsOf(schema: SchemaObject, pointer: string): unknown[] {
  assertAlone(schema, 'anyOf', pointer);
  const { anyOf } = schema;
  if (Array.isArray(anyOf) && anyOf.length > 0 && anyOf.length <= MAX_CHOICES) return anyOf;
  throw invalidJsonSchema(`${pointer}/anyOf`, `it must be a list of 1 to ${MAX_CHOICES} schemas`);
}

/** The target of a `$ref`. */
export function targetOf(schema: SchemaObject, pointer: string): string {
  assertAlone(schema, '$ref', pointer);
  const { $ref } = schema;
  if (typeof $ref === 'string' && /^#(\/|$)/.test($ref)) return $ref;
  throw invalidJsonSchema(`${pointer}/$ref`, 'only references into the same schema, "#" and "#/...", are supported');
}

/** The properties of an object, the names that it requires, and those of them that are no properties. */
export function namesOf(
  { properties = {}, required = [], additionalProperties }: SchemaObject,
  pointer: string,
): { properties: Record<string, unknown>; required: ReadonlySet<string>; others: string[] } {
  if (!isObject(properties)) throw invalidJsonSchema(`${pointer}/properties`, 'it must be an object');
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
    throw invalidJsonSchema(`${pointer}/required`, 'it must be a list of names');
  }
  const names = new Set<string>(required);
  const others = [...names].filter((name) => !Object.hasOwn(properties, name));
  if (others.length > 0 && additionalProperties === false) {
    throw invalidJsonSchema(`${pointer}/required`, `"${others[0]}" is required, but not allowed`);
  }
  return { properties, required: names, others };
}

/** The bounds of a count, by the keywords of both. */
export function countsOf(
  schema: SchemaObject,
  [minimum, maximum]: readonly [string, string],
  pointer: string,
): { min: number; max: number } {
  const min = optionalCount(schema, minimum, pointer) ?? 0;
  const max = optionalCount(schema, maximum, pointer) ?? Infinity;
  if (min > max) throw invalidJsonSchema(`${pointer}/${minimum}`, `it is more than ${maximum}`);
  return { min, max };
}

/** The bounds of a number. */
export function boundsOf(schema: SchemaObject, pointer: string): NumberBounds {
  const bounds: NumberBounds = {};
  for (const keyword of ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const) {
    const bound = optionalNumber(schema, keyword, pointer);
    if (bound !== undefined) bounds[keyword] = bound;
  }
  return bounds;
}

/** The different values of `enum` and `const` that are valid, as JSON. */
export function constantsOf(schema: SchemaObject, pointer: string): string[] {
  const { type, enum: list = [schema.const], const: single } = schema;
  const other = constraintsOf(schema).find((keyword) => !['type', 'enum', 'const'].includes(keyword));
  if (other) throw invalidJsonSchema(`${pointer}/${other}`, `"${other}" beside enum or const is not supported`);
  if (!Array.isArray(list) || list.length > MAX_CHOICES) {
    throw invalidJsonSchema(`${pointer}/enum`, `it must be a list of at most ${MAX_CHOICES} values`);
  }
  const types = type === undefined ? undefined : typesOf({ type }, pointer);
  const only = 'const' in schema ? JSON.stringify(single) : undefined;
  const texts = (list as unknown[])
    .filter((value) => !types || hasType(value, types))
    .map((value) => JSON.stringify(value))
    .filter((text) => only === undefined || text === only);
  if (texts.length > 0) return [...new Set(texts)];
  throw invalidJsonSchema(`${pointer}/${'enum' in schema ? 'enum' : 'const'}`, 'no value of it is valid');
}
