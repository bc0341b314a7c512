import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import type { LengthRange } from '../texts/length-range.js';
import { isObject } from '../schema/json-schema.js';
import { APPLICATORS, isConstraint } from '../schema/schema-keywords.js';
import type { ObjectPart, SchemaPart, SchemaParts } from '../schema/schema-part.js';
import type { SchemaTexts } from './schema-texts.js';
import { countsOf } from './text-facts.js';

/** What one schema says of the properties of an object. */
interface Properties {
  part: ObjectPart;
  named: Record<string, unknown>;
  patterns: { pattern: string; pointer: string; value: SchemaPart }[];
  others?: SchemaPart;
}

export interface ObjectFacts {
  counts: LengthRange;
  /** In the order in which the schemas have them. */
  names: readonly string[];
  required: ReadonlySet<string>;
  /** Regular expressions of names, by their place. */
  patterns: ReadonlyMap<string, string>;
  /** True if a schema says what properties of other names are. */
  hasOthers: boolean;
  /** Schemas of names. */
  propertyNames: readonly SchemaPart[];
  /** True if a property is named, beside being required. */
  isNamed(name: string): boolean;
  /** Schemas of the value of a property. */
  valueOf(name: string): SchemaPart[];
  /** Schemas of the values of other properties, by the regular expressions that match their names. */
  otherValue(matches: (pattern: string) => boolean): SchemaPart[];
}

/** @throws `invalid_json_schema` */
export function objectFacts(locals: readonly ObjectPart[], parts: SchemaParts, texts: SchemaTexts): ObjectFacts {
  const all = locals.map((part) => propertiesOf(part, parts));
  const names = new Set<string>();
  const required = new Set<string>();
  const patterns = new Map<string, string>();
  for (const { part, named, patterns: own } of all) {
    for (const name of Object.keys(named)) names.add(name);
    for (const { pattern, pointer } of own) if (!patterns.has(pattern)) patterns.set(pattern, pointer);
    for (const name of requiredBy(part)) required.add(name);
  }
  const schemasOf = (
    isNamed: boolean,
    name: string,
    matches: (pattern: string, pointer: string) => boolean,
  ): SchemaPart[] =>
    all.flatMap(({ part, named, patterns: own, others }) => {
      const found = own.filter(({ pattern, pointer }) => matches(pattern, pointer)).map(({ value }) => value);
      if (isNamed && Object.hasOwn(named, name)) found.push(parts.inside(part, named[name], 'properties', name));
      return found.length > 0 || !others ? found : [others];
    });
  return {
    counts: countsOf(locals, 'minProperties', 'maxProperties'),
    names: [...names, ...[...required].filter((name) => !names.has(name))],
    required,
    patterns,
    hasOthers: all.some(({ others }) => others && saysSomething(others)),
    propertyNames: locals.flatMap((part) =>
      part.schema.propertyNames === undefined ? [] : [parts.inside(part, part.schema.propertyNames, 'propertyNames')],
    ),
    isNamed: (name) => names.has(name),
    valueOf: (name) => schemasOf(true, name, (pattern, pointer) => texts.pattern(pattern, pointer).matches(name)),
    otherValue: (matches) => schemasOf(false, '', matches),
  };
}

function propertiesOf(part: ObjectPart, parts: SchemaParts): Properties {
  const { properties: named = {}, patternProperties = {}, additionalProperties } = part.schema;
  if (!isObject(named)) throw invalidJsonSchema(`${part.pointer}/properties`, 'it must be an object');
  if (!isObject(patternProperties))
    throw invalidJsonSchema(`${part.pointer}/patternProperties`, 'it must be an object');
  return {
    part,
    named,
    patterns: Object.entries(patternProperties).map(([pattern, schema]) => {
      const value = parts.inside(part, schema, 'patternProperties', pattern);
      return { pattern, pointer: value.pointer, value };
    }),
    others:
      additionalProperties === undefined ? undefined : parts.inside(part, additionalProperties, 'additionalProperties'),
  };
}

/** True if a schema is more than a word for any value, or for none. */
function saysSomething({ schema }: SchemaPart): boolean {
  return (
    typeof schema !== 'boolean' &&
    Object.keys(schema).some((keyword) => isConstraint(keyword) || APPLICATORS.has(keyword))
  );
}

function requiredBy({ schema: { required = [] }, pointer }: ObjectPart): readonly string[] {
  if (Array.isArray(required) && required.every((name) => typeof name === 'string')) return required;
  throw invalidJsonSchema(`${pointer}/required`, 'it must be a list of names');
}
