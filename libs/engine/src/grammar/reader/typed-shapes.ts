import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { listFacts } from '../keywords/list-facts.js';
import { hasNoNumber, numberFacts, numbersOf } from '../keywords/number-facts.js';
import { textFacts } from '../keywords/text-facts.js';
import { isEmptySet } from '../nodes/number-set.js';
import { EXCLUDED, type JsonType } from '../schema/json-schema.js';
import type { ObjectPart, SchemaPart } from '../schema/schema-part.js';
import { type ConstantsShape, ListShape, NumberShape, SetShape, type Shape } from '../shapes/shape.js';
import { objectShape } from './object-shape.js';
import { inside, isNever, never, type Place, type ShapeReader } from './shape-reader.js';
import { textShape } from './text-shape.js';

/** The values of a type that are valid for all schemas. */
export function shapeOfType(type: JsonType, locals: readonly ObjectPart[], place: Place, reader: ShapeReader): Shape {
  const { pointer } = place;
  if (type === 'object' || type === 'array') assertNoneExcluded(type, locals);
  switch (type) {
    case 'object':
      return objectShape(locals, place, reader);
    case 'array':
      return listShape(locals, place, reader);
    case 'string':
      return textShape(textFacts(locals), pointer, reader);
    case 'number':
    case 'integer':
      return numberShape(locals, type === 'integer', pointer, reader);
    case 'boolean':
    case 'null': {
      const excluded = new Set(locals.flatMap(({ schema }) => schema[EXCLUDED] ?? []));
      const values = type === 'null' ? [null] : [true, false];
      return reader.constants(
        values.filter((value) => !excluded.has(value)),
        pointer,
      );
    }
  }
}

function numberShape(locals: readonly ObjectPart[], isInteger: boolean, pointer: string, reader: ShapeReader): Shape {
  const facts = numberFacts(locals);
  const detail = 'no number of at most 15 digits is in the range';
  if (hasNoNumber(facts, isInteger)) return never(pointer, detail);
  const numbers = numbersOf(facts, isInteger);
  if ('list' in numbers) return reader.constants(numbers.list, pointer);
  const { bounds, excluded } = facts;
  return reader.known(['number', isInteger, bounds, excluded, facts.multiplesOf.length], () => {
    if (isEmptySet(numbers.set)) throw invalidJsonSchema(pointer, detail);
    return new NumberShape(pointer, numbers.set);
  });
}

function listShape(locals: readonly ObjectPart[], place: Place, reader: ShapeReader): Shape {
  const { pointer } = place;
  const { counts, first, items, unique } = listFacts(locals, reader.expander.parts);
  reader.expander.size.addSteps(first.length * locals.length);
  if (counts.min > counts.max) return never(`${pointer}/minItems`, 'it is more than maxItems');
  const readItem = (parts: readonly SchemaPart[]): Shape => reader.shape(parts, inside(place, parts.at(0)));
  let { max } = counts;
  const firstShapes: Shape[] = [];
  for (const parts of first) {
    if (firstShapes.length >= max) break;
    const shape = readItem(parts);
    if (isNever(shape)) max = firstShapes.length;
    else firstShapes.push(shape);
  }
  const rest = readItem(max > firstShapes.length ? items : []);
  if (isNever(rest)) max = Math.min(max, firstShapes.length);
  if (counts.min > max) return isNever(rest) ? rest : never(pointer, 'no list has so many items');
  if (max === 0) return reader.constants([[]], pointer);
  if (unique !== undefined && max > 1) {
    if (firstShapes.length > 0 || !hasScalars(rest))
      throw invalidJsonSchema(unique, '"uniqueItems" is supported only for values of an enum or a const');
    const { length } = rest.texts;
    if (length < counts.min) return never(`${pointer}/minItems`, 'there are not so many different items');
    const set = { min: counts.min, max: Math.min(max, length) };
    return reader.known(['set', rest.id, set.min, set.max], () => new SetShape(pointer, rest, set));
  }
  const identity = [rest.id, counts.min, String(max), firstShapes.map(({ id }) => id)];
  return reader.known(['list', ...identity], () => new ListShape(pointer, rest, { min: counts.min, max }, firstShapes));
}

/** True if a shape has some values, and none of them is a list or an object. */
function hasScalars(shape: Shape): shape is ConstantsShape {
  return shape.kind === 'constants' && !shape.texts.some((text) => text.startsWith('[') || text.startsWith('{'));
}

/** @throws `invalid_json_schema` where single lists or objects are not valid */
function assertNoneExcluded(type: 'object' | 'array', locals: readonly ObjectPart[]): void {
  for (const { schema, pointer } of locals) {
    for (const value of schema[EXCLUDED] ?? []) {
      if (typeof value !== 'object' || value === null || Array.isArray(value) !== (type === 'array')) continue;
      throw invalidJsonSchema(pointer, 'all lists or objects but some cannot be told apart');
    }
  }
}
