import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { type NumberBounds, type NumberSet, numberSet, unionOf } from '../nodes/number-set.js';
import { EXCLUDED, optionalNumber } from '../schema/json-schema.js';

import type { ObjectPart } from '../schema/schema-part.js';

/** Multiples that are written one by one. */
const MAX_MULTIPLES = 1000;

const [ANY_INTEGER, ANY_NUMBER] = [numberSet(true, {}), numberSet(false, {})];

export interface NumberFacts {
  bounds: NumberBounds;
  excluded: readonly number[];
  multiplesOf: readonly { of: number; pointer: string }[];
}

/** @throws `invalid_json_schema` */
export function numberFacts(parts: readonly ObjectPart[]): NumberFacts {
  const bounds: NumberBounds = {};
  const excluded = new Set<number>();
  const multiplesOf: { of: number; pointer: string }[] = [];
  for (const part of parts) {
    const { schema, pointer } = part;
    const least = (keyword: 'minimum' | 'exclusiveMinimum', bound: number): void => {
      bounds[keyword] = Math.max(bounds[keyword] ?? -Infinity, bound);
    };
    const most = (keyword: 'maximum' | 'exclusiveMaximum', bound: number): void => {
      bounds[keyword] = Math.min(bounds[keyword] ?? Infinity, bound);
    };
    for (const { keyword, bound } of boundsOf(part, 'minimum', 'exclusiveMinimum')) least(keyword, bound);
    for (const { keyword, bound } of boundsOf(part, 'maximum', 'exclusiveMaximum')) most(keyword, bound);
    const of = optionalNumber(schema, 'multipleOf', pointer);
    if (of !== undefined) multiplesOf.push({ of, pointer: `${pointer}/multipleOf` });
    // Those of OpenAPI: whole numbers of so many bits.
    if (schema.format === 'int32' || schema.format === 'int64')
      multiplesOf.push({ of: 1, pointer: `${pointer}/format` });
    if (schema.format === 'int32') {
      least('minimum', -(2 ** 31));
      most('maximum', 2 ** 31 - 1);
    }
    for (const value of schema[EXCLUDED] ?? []) if (typeof value === 'number') excluded.add(value);
  }
  return { bounds, excluded: [...excluded].sort((a, b) => a - b), multiplesOf };
}

/** Every whole number is a multiple of these, also where a validator divides doubles; of other parts of one, such as 1/49, not all are. */
const PARTS_OF_ONE: ReadonlySet<number> = new Set([
  ...[0, 1, 2, 3, 4, 5, 6].map((power) => 2 ** -power),
  0.1,
  0.01,
  0.001,
  0.0001,
  0.00001,
  0.000001,
]);

/** A bound; up to draft 4 a flag beside it makes it an exclusive one. */
function boundsOf<Inclusive extends string, Exclusive extends string>(
  { schema, pointer }: ObjectPart,
  inclusive: Inclusive,
  exclusive: Exclusive,
): { keyword: Inclusive | Exclusive; bound: number }[] {
  const bound = optionalNumber(schema, inclusive, pointer);
  const isFlag = typeof schema[exclusive] === 'boolean';
  const other = isFlag ? undefined : optionalNumber(schema, exclusive, pointer);
  return [
    ...(bound === undefined ? [] : [{ keyword: isFlag && schema[exclusive] ? exclusive : inclusive, bound }]),
    ...(other === undefined ? [] : [{ keyword: exclusive, bound: other }]),
  ];
}

/** True if no number, or whole number, is valid. */
export function hasNoNumber({ bounds }: NumberFacts, isInteger: boolean): boolean {
  const { low, high, isLowOut, isHighOut } = rangeOf(bounds);
  if (low > high || (low === high && (isLowOut || isHighOut))) return true;
  if (!isInteger) return false;
  const [first, last] = [Math.ceil(low), Math.floor(high)];
  return first + (isLowOut && first === low ? 1 : 0) > last - (isHighOut && last === high ? 1 : 0);
}

function rangeOf(bounds: NumberBounds): { low: number; high: number; isLowOut: boolean; isHighOut: boolean } {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = bounds;
  return {
    low: Math.max(minimum, exclusiveMinimum),
    high: Math.min(maximum, exclusiveMaximum),
    isLowOut: exclusiveMinimum >= minimum && exclusiveMinimum > -Infinity,
    isHighOut: exclusiveMaximum <= maximum && exclusiveMaximum < Infinity,
  };
}

export function allowsNumber(value: number, { bounds, excluded, multiplesOf }: NumberFacts): boolean {
  const { low, high, isLowOut, isHighOut } = rangeOf(bounds);
  if (value < low || value > high || (isLowOut && value === low) || (isHighOut && value === high)) return false;
  return !excluded.includes(value) && multiplesOf.every(({ of }) => isMultiple(value, of));
}

/** True beyond doubt: where doubles tell that the quotient is whole, and it is small enough for them to tell. */
function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  return Number.isSafeInteger(quotient) && quotient * of === value;
}

/**
 * The numbers that can be written.
 * @throws `invalid_json_schema` where they are multiples that are too many to be written one by one
 */
export function numbersOf(
  { bounds, excluded, multiplesOf }: NumberFacts,
  isInteger: boolean,
): { set: NumberSet } | { list: number[] } {
  const coarse = multiplesOf.filter(({ of }) => !PARTS_OF_ONE.has(of));
  const areWhole = isInteger || multiplesOf.some(({ of }) => of === 1);
  if (coarse.length > 0 || (multiplesOf.length > 0 && !areWhole)) {
    return { list: multiples({ bounds, excluded, multiplesOf }, isInteger) };
  }
  if (Object.keys(bounds).length === 0 && excluded.length === 0) return { set: areWhole ? ANY_INTEGER : ANY_NUMBER };
  const inner = excluded.filter((value) => allowsNumber(value, { bounds, excluded: [], multiplesOf: [] }));
  const sets = [...inner, undefined].map((value, i) =>
    numberSet(areWhole, {
      ...bounds,
      ...(i > 0 ? { exclusiveMinimum: Math.max(inner[i - 1], bounds.exclusiveMinimum ?? -Infinity) } : {}),
      ...(value === undefined ? {} : { exclusiveMaximum: Math.min(value, bounds.exclusiveMaximum ?? Infinity) }),
    }),
  );
  return { set: unionOf(sets) };
}

function multiples(facts: NumberFacts, isInteger: boolean): number[] {
  const { low, high } = rangeOf(facts.bounds);
  const { of, pointer } = facts.multiplesOf.reduce((most, each) => (each.of > most.of ? each : most));
  if (!(of > 0)) throw invalidJsonSchema(pointer, 'it must be more than 0');
  const [first, last] = [Math.ceil(low / of), Math.floor(high / of)];
  if (!(last - first < MAX_MULTIPLES))
    throw invalidJsonSchema(
      pointer,
      `only whole parts of 1 for whole numbers, and at most ${MAX_MULTIPLES} multiples between a minimum and a maximum, are supported`,
    );
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * of).filter(
    (value) => allowsNumber(value, facts) && (!isInteger || Number.isInteger(value)) && Math.abs(value) < 1e15,
  );
}
