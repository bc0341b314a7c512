import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { EXCLUDED, hasType, isObject, type JsonType } from '../schema/json-schema.js';
import { typeOfKeyword } from '../schema/schema-keywords.js';
import type { ObjectPart } from '../schema/schema-part.js';
import { allowsNumber, numberFacts } from './number-facts.js';
import type { SchemaTexts } from './schema-texts.js';
import { textFacts } from './text-facts.js';

/** Values of an `enum`. */
const MAX_VALUES = 1000;

/**
 * The values that are valid, where `enum` or `const` names them; `undefined` where any may be.
 * @throws `invalid_json_schema` where there are too many, or a list or an object would have to be validated
 */
export function constantsOf(
  locals: readonly ObjectPart[],
  types: readonly JsonType[],
  allTexts: SchemaTexts,
): unknown[] | undefined {
  const lists = locals.flatMap((part) => listsOf(part));
  if (lists.length === 0) return undefined;
  const [first, ...others] = lists;
  const canonical = (value: unknown): string => allTexts.canonical(value);
  const sets = others.map((list) => new Set(list.map(canonical)));
  const excluded = new Set(locals.flatMap(({ schema }) => (schema[EXCLUDED] ?? []).map(canonical)));
  const different = new Map(first.map((value) => [canonical(value), value]));
  const numbers = numberFacts(locals);
  const texts = textFacts(locals);
  return [...different]
    .filter(([key, value]) => hasType(value, types) && sets.every((set) => set.has(key)) && !excluded.has(key))
    .map(([, value]) => value)
    .filter((value) => {
      if (typeof value === 'string') return allTexts.allows(value, texts);
      if (typeof value === 'number') return allowsNumber(value, numbers);
      if (typeof value === 'object' && value !== null) assertFree(value, locals);
      return true;
    });
}

function listsOf({ schema, pointer }: ObjectPart): unknown[][] {
  const lists: unknown[][] = [];
  if ('enum' in schema) {
    if (!Array.isArray(schema.enum) || schema.enum.length > MAX_VALUES)
      throw invalidJsonSchema(`${pointer}/enum`, `it must be a list of at most ${MAX_VALUES} values`);
    lists.push(schema.enum);
  }
  if ('const' in schema) lists.push([schema.const]);
  return lists;
}

/** @throws `invalid_json_schema` naming a keyword that says more of a list or an object than its type */
function assertFree(value: object, locals: readonly ObjectPart[]): void {
  const type = isObject(value) ? 'object' : 'array';
  for (const { schema, pointer } of locals) {
    const other = Object.keys(schema).find((keyword) => typeOfKeyword(keyword) === type);
    if (other)
      throw invalidJsonSchema(
        `${pointer}/${other}`,
        `"${other}" beside an enum or const of lists or objects is not supported`,
      );
  }
}
