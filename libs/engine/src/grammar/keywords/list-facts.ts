import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import type { LengthRange } from '../texts/length-range.js';
import type { ObjectPart, SchemaPart, SchemaParts } from '../schema/schema-part.js';
import { countsOf } from './text-facts.js';

/** First items that have schemas of their own. */
const MAX_FIRST = 1000;

export interface ListFacts {
  counts: LengthRange;
  /** Schemas of each of the first items, and of those behind them. */
  first: readonly (readonly SchemaPart[])[];
  items: readonly SchemaPart[];
  /** The place of `uniqueItems`, where there must be no two alike. */
  unique?: string;
}

/** @throws `invalid_json_schema` */
export function listFacts(locals: readonly ObjectPart[], parts: SchemaParts): ListFacts {
  const each = locals.map((part) => itemsOf(part, parts));
  const length = Math.max(0, ...each.map(({ first }) => first.length));
  const unique = locals.find(({ schema }) => schema.uniqueItems === true);
  return {
    counts: countsOf(locals, 'minItems', 'maxItems'),
    first: Array.from({ length }, (_, i) =>
      each.flatMap(({ first, rest }) => {
        const item = i < first.length ? first[i] : rest;
        return item ? [item] : [];
      }),
    ),
    items: each.flatMap(({ rest }) => (rest ? [rest] : [])),
    unique: unique && `${unique.pointer}/uniqueItems`,
  };
}

/** The first items, and those behind them: `items` was a list, and `additionalItems` the rest, up to 2019-09. */
function itemsOf(part: ObjectPart, parts: SchemaParts): { first: SchemaPart[]; rest?: SchemaPart } {
  const { items, prefixItems, additionalItems } = part.schema;
  const at = (keyword: string): SchemaPart => parts.inside(part, part.schema[keyword], keyword);
  if (Array.isArray(items)) {
    if (items.length > MAX_FIRST)
      throw invalidJsonSchema(`${part.pointer}/items`, `it has more than ${MAX_FIRST} schemas`);
    return {
      first: items.map((item, i) => parts.inside(part, item, 'items', i)),
      rest: additionalItems === undefined ? undefined : at('additionalItems'),
    };
  }
  return {
    first: prefixItems === undefined ? [] : parts.listOf(part, 'prefixItems', MAX_FIRST),
    rest: items === undefined ? undefined : at('items'),
  };
}
