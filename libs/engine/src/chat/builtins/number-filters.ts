import { bind } from '../python/call-arguments.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import { integerOf, numberOf } from '../python/operators.js';
import { integerText } from '../python/printing.js';
import { strip } from '../python/text.js';
import { Markup, PyFloat, Undefined, typeName, type Value } from '../python/values.js';
import type { Filter } from './text-filters.js';

const INTEGER = /^[+-]?\d(?:_?\d)*$/;
const FLOAT = /^[+-]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:e[+-]?\d(?:_?\d)*)?$/i;
const NAMED_FLOAT = /^([+-]?)(?:(inf|infinity)|nan)$/i;

/** `float(text)`, or undefined where it raises a ValueError. */
function parseFloatText(text: string): number | undefined {
  const stripped = strip(text, 'both');
  if (/(?![0-9])\p{Nd}/u.test(stripped)) throw new TemplateFault('Digits beyond 0 to 9 are not supported in numbers.');
  if (FLOAT.test(stripped)) return Number(stripped.replaceAll('_', ''));
  const named = NAMED_FLOAT.exec(stripped);
  if (!named) return undefined;
  return named[2] === undefined ? NaN : named[1] === '-' ? -Infinity : Infinity;
}

function floatOf(value: Value): number | undefined {
  if (value instanceof Undefined || value instanceof Markup) throw value.fault();
  return typeof value === 'string' ? parseFloatText(value) : numberOf(value);
}

function truncated(value: number): number {
  return Number(integerText(Math.trunc(value))) + 0;
}

const int: Filter = (value, args) => {
  const [fallback = 0, base = 10] = bind('int', args, ['default', 'base']);
  if (base !== 10) throw new TemplateFault('The filter `int` with a base is not supported.');
  const number = floatOf(value);
  if (number === undefined || Number.isNaN(number)) return fallback;
  if (typeof value === 'string') {
    const text = strip(value, 'both');
    if (INTEGER.test(text)) return truncated(Number(text.replaceAll('_', '')));
    return Number.isFinite(number) ? truncated(number) : fallback;
  }
  if (!Number.isFinite(number)) throw new TemplateFault('cannot convert float infinity to integer');
  return truncated(number);
};

const float: Filter = (value, args) => {
  const [fallback = new PyFloat(0)] = bind('float', args, ['default']);
  const number = floatOf(value);
  return number === undefined ? fallback : new PyFloat(number);
};

const abs: Filter = (value, args) => {
  bind('abs', args, []);
  if (value instanceof PyFloat) return new PyFloat(Math.abs(value.value));
  const number = numberOf(value);
  if (number === undefined) throw new TemplateFault(`bad operand type for abs(): '${typeName(value)}'`);
  return Math.abs(number);
};

const round: Filter = (value, args) => {
  const [precision = 0, method = 'common'] = bind('round', args, ['precision', 'method']);
  if (method !== 'common' && method !== 'ceil' && method !== 'floor') {
    throw new TemplateFault('method must be common, ceil or floor');
  }
  const number = numberOf(value);
  if (number === undefined) throw new TemplateFault(`type ${typeName(value)} doesn't define __round__ method`);
  const digits = integerOf(precision, 'A precision');
  if (digits < 0 || digits > 20) throw new TemplateFault('The filter `round` supports a precision of 0 to 20.');
  if (method === 'common') return value instanceof PyFloat ? new PyFloat(roundHalfEven(number, digits)) : number;
  const scaled = number * 10 ** digits;
  if (!Number.isFinite(scaled)) throw new TemplateFault('cannot convert float infinity to integer');
  return new PyFloat((Math[method](scaled) + 0) / 10 ** digits);
};

/** `toFixed` rounds the exact value too, but takes the larger of two that are as near. */
function roundHalfEven(value: number, digits: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 53) return value;
  const magnitude = Math.abs(value);
  const rounded = magnitude.toFixed(digits);
  const [, fraction = ''] = magnitude.toFixed(100).split('.');
  const isTie = /^50*$/.test(fraction.slice(digits));
  const isOdd = Number(rounded.at(-1)) % 2 === 1;
  const result = isTie && isOdd ? Number(rounded) - 10 ** -digits : Number(rounded);
  return Math.sign(value) * Number(result.toFixed(digits)) || (Object.is(value, -0) || value < 0 ? -0 : 0);
}

/** Filters of numbers. */
export const NUMBER_FILTERS: Readonly<Record<string, Filter>> = { abs, float, int, round };
