import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { isObject } from '../schema/json-schema.js';
import type { ObjectPart, SchemaPart, SchemaParts } from '../schema/schema-part.js';

const KEYWORDS = ['dependencies', 'dependentRequired', 'dependentSchemas'] as const;

/** A property, and the alternatives of an object: without it, or with it and what it needs. */
interface Dependency {
  name: string;
  options: SchemaPart[][];
}

/** @throws `invalid_json_schema` where they are no lists of names and no schemas */
export function dependenciesOf(part: ObjectPart, parts: SchemaParts): Dependency[] {
  return KEYWORDS.flatMap((keyword) => {
    const all = part.schema[keyword];
    if (all === undefined) return [];
    if (!isObject(all)) throw invalidJsonSchema(`${part.pointer}/${keyword}`, 'it must be an object');
    return Object.entries(all).map(([name, needed]) => {
      const of = (schema: object): SchemaPart => parts.inside(part, schema, keyword, name);
      const without = of({ properties: Object.fromEntries([[name, false]]) });
      const names = typeof needed === 'string' ? [needed] : needed;
      const isNames = Array.isArray(names) && names.every((each) => typeof each === 'string');
      const needs = isNames
        ? [of({ required: [name, ...(names as string[])] })]
        : [of({ required: [name] }), parts.inside(part, needed, keyword, name)];
      return { name: `${keyword}/${name}`, options: [[without], needs] };
    });
  });
}
