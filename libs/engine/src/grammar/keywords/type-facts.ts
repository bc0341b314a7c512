import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { JSON_TYPES, type JsonType } from '../schema/json-schema.js';
import { typeOfKeyword } from '../schema/schema-keywords.js';
import type { ObjectPart } from '../schema/schema-part.js';

/**
 * The types of a value that is valid for all schemas: those that they declare, else those that their keywords are about, else all.
 * @throws `invalid_json_schema`
 */
export function typesOf(parts: readonly ObjectPart[]): readonly JsonType[] {
  const declared = declaredTypes(parts);
  if (declared) return declared;
  const implied = impliedTypes(parts);
  return implied.length > 0 ? implied : ALL_TYPES;
}

/** The types that all schemas declare; `undefined` where none does. */
export function declaredTypes(parts: readonly ObjectPart[]): readonly JsonType[] | undefined {
  let types: readonly JsonType[] | undefined;
  for (const { schema, pointer } of parts) {
    if (schema.type === undefined) continue;
    const own = typesIn(schema.type, `${pointer}/type`);
    types = types ? intersectionOf(types, own) : own;
  }
  return types;
}

/** The types that keywords are about; none where they are about all. */
export function impliedTypes(parts: readonly ObjectPart[]): readonly JsonType[] {
  const implied = new Set<JsonType>();
  for (const { schema } of parts) {
    if ('enum' in schema || 'const' in schema) return [];
    for (const keyword of Object.keys(schema)) {
      const type = typeOfKeyword(keyword);
      if (type) implied.add(type);
    }
  }
  return [...implied];
}

export const ALL_TYPES: readonly JsonType[] = JSON_TYPES.filter((type) => type !== 'integer');

function typesIn(given: unknown, pointer: string): readonly JsonType[] {
  const types = Array.isArray(given) ? (given as unknown[]) : [given];
  for (const type of types) {
    if (!JSON_TYPES.includes(type as JsonType)) {
      throw invalidJsonSchema(pointer, `${JSON.stringify(type)} is not one of ${JSON_TYPES.join(', ')}`);
    }
  }
  if (types.length === 0) throw invalidJsonSchema(pointer, 'a value must have some type');
  const different = new Set(types as JsonType[]);
  if (different.has('number')) different.delete('integer');
  return [...different];
}

function intersectionOf(types: readonly JsonType[], others: readonly JsonType[]): JsonType[] {
  return types.flatMap((type): JsonType[] => {
    if (others.includes(type)) return [type];
    const isWhole =
      (type === 'number' && others.includes('integer')) || (type === 'integer' && others.includes('number'));
    return isWhole ? ['integer'] : [];
  });
}
