import {
  EXCLUDED,
  NOT_PATTERN,
  isObject,
  JSON_TYPES,
  type JsonType,
  type SchemaObject,
} from '../schema/json-schema.js';
import type { Expander } from './expansion.js';
import { isConstraint } from '../schema/schema-keywords.js';
import { isObjectPart, type ObjectPart, type SchemaPart } from '../schema/schema-part.js';

/** Schemas within a schema that is negated, and references. */
const MAX_DEPTH = 16;

/** The values that are not valid for a schema, as those that are valid for any of some. */
export interface Negation {
  options: SchemaPart[];
  /** A keyword that cannot be negated: some values are in none of the options. */
  obstacle?: string;
}

type Schemas = readonly (SchemaObject | boolean)[];

/** Keywords that bound a number or a count, and what is beyond the bound. */
const BEYOND = new Map<string, (bound: number) => SchemaObject | false>([
  ['minimum', (bound) => ({ type: 'number', exclusiveMaximum: bound })],
  ['maximum', (bound) => ({ type: 'number', exclusiveMinimum: bound })],
  ['exclusiveMinimum', (bound) => ({ type: 'number', maximum: bound })],
  ['exclusiveMaximum', (bound) => ({ type: 'number', minimum: bound })],
  ['minLength', (bound) => bound > 0 && { type: 'string', maxLength: bound - 1 }],
  ['maxLength', (bound) => ({ type: 'string', minLength: bound + 1 })],
  ['minItems', (bound) => bound > 0 && { type: 'array', maxItems: bound - 1 }],
  ['maxItems', (bound) => ({ type: 'array', minItems: bound + 1 })],
  ['minProperties', (bound) => bound > 0 && { type: 'object', maxProperties: bound - 1 }],
  ['maxProperties', (bound) => ({ type: 'object', minProperties: bound + 1 })],
]);

/** Negates a schema: a value is not valid where any of its keywords says so. */
export function negationOf(part: SchemaPart, expander: Expander, depth = 0): Negation {
  const { parts } = expander;
  if (!isObjectPart(part)) return { options: part.schema ? [] : [parts.of({}, part.pointer, part.resource)] };
  if (depth > MAX_DEPTH) return { options: [], obstacle: `schemas nested deeper than ${MAX_DEPTH}` };
  const options: SchemaPart[] = [];
  let obstacle: string | undefined;
  for (const keyword of Object.keys(part.schema)) {
    expander.size.addSteps(1);
    const inner = negatedApplicator(part, keyword, expander, depth + 1);
    if (inner) {
      options.push(...inner.options);
      obstacle ??= inner.obstacle;
      continue;
    }
    if (!isConstraint(keyword) && !/^(if|oneOf|contains|unevaluated.*|\$dynamicRef|\$recursiveRef)$/.test(keyword))
      continue;
    const schemas = negatedKeyword(part.schema, keyword);
    if (!schemas) obstacle ??= `"${keyword}"`;
    else options.push(...schemas.filter((each) => each !== false).map((each) => parts.inside(part, each, keyword)));
  }
  return { options, obstacle };
}

function negatedApplicator(part: ObjectPart, keyword: string, expander: Expander, depth: number): Negation | undefined {
  const { parts, document } = expander;
  switch (keyword) {
    case '$ref': {
      const { schema, pointer, resource } = document.resolve(part);
      return negationOf(parts.of(schema, pointer, resource), expander, depth);
    }
    case 'not':
      return { options: [parts.inside(part, part.schema.not, 'not')] };
    case 'allOf': {
      const all = parts.listOf(part, 'allOf', 1000).map((each) => negationOf(each, expander, depth));
      return {
        options: all.flatMap(({ options }) => options),
        obstacle: all.find(({ obstacle }) => obstacle)?.obstacle,
      };
    }
    case 'anyOf': {
      const none = { allOf: parts.listOf(part, 'anyOf', 1000).map(({ schema }) => ({ not: schema })) };
      return { options: [parts.inside(part, none, 'anyOf')] };
    }
    default:
      return undefined;
  }
}

/** What a keyword forbids, as any of some schemas; `undefined` where that cannot be said. */
function negatedKeyword(schema: SchemaObject, keyword: string): Schemas | undefined {
  const value = schema[keyword];
  const beyond = BEYOND.get(keyword);
  if (beyond) return typeof value === 'number' ? [beyond(value)] : undefined;
  switch (keyword) {
    case 'type':
      return otherTypes(value);
    case 'const':
      return [{ [EXCLUDED]: [value] }];
    case 'enum':
      return Array.isArray(value) ? [{ [EXCLUDED]: value as unknown[] }] : undefined;
    case 'pattern':
      return [{ type: 'string', [NOT_PATTERN]: value }];
    case 'required':
      return Array.isArray(value)
        ? value.map((name) => ({ type: 'object', properties: Object.fromEntries([[name, false]]) }))
        : undefined;
    case 'properties':
      if (!isObject(value)) return undefined;
      return Object.entries(value).map(([name, inner]) => ({
        type: 'object',
        properties: Object.fromEntries([[name, { not: inner }]]),
        required: [name],
      }));
    default:
      return undefined;
  }
}

/** All types but some; numbers that are no whole ones cannot be said. */
function otherTypes(given: unknown): Schemas | undefined {
  const types = (Array.isArray(given) ? given : [given]) as JsonType[];
  if (types.includes('integer') && !types.includes('number')) return undefined;
  const others = JSON_TYPES.filter((type) => type !== 'integer' && !types.includes(type));
  return others.length > 0 ? [{ type: others }] : [];
}
