import { invalidJsonSchema } from '../../errors/json-schema.errors.js';

/**
 * The part of a schema that a `$ref` into it points to.
 * @param reference `#`, or `#/` and a JSON pointer as a URI fragment
 * @param place JSON pointer of the reference itself
 * @throws `invalid_json_schema`
 */
export function resolveReference(document: unknown, reference: string, place: string): unknown {
  let value = document;
  for (const part of reference.slice(1).split('/').slice(1)) {
    const key = decoded(part, place).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
      throw invalidJsonSchema(place, `there is nothing at "${reference}"`);
    }
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function decoded(part: string, place: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidJsonSchema(place, 'it is no URI');
  }
}
