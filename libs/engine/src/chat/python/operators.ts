import type { Budget } from './budget.js';
import { TemplateFault } from './chat-template.errors.js';
import { integerText } from './printing.js';
import { compareText } from './text.js';
import { DictView, Markup, PyDict, PyFloat, PyRange, PyTuple, Undefined, typeName, type Value } from './values.js';

export type Order = '<' | '<=' | '>' | '>=';

export function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' || typeof value === 'number') return value !== '' && value !== 0;
  if (value === null || value instanceof Undefined) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof PyFloat) return value.value !== 0;
  if (value instanceof Markup) return value.text !== '';
  if (value instanceof PyTuple) return value.items.length > 0;
  if (value instanceof PyDict) return value.size > 0;
  if (value instanceof PyRange) return value.length > 0;
  return value instanceof DictView ? value.dict.size > 0 : true;
}

/** The number, where it is one; an integer that JavaScript cannot hold exactly is refused rather than rounded. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : Number(integerText(value));
  if (typeof value === 'boolean') return Number(value);
  return value instanceof PyFloat ? value.value : undefined;
}

/** `int` of what has an index: integers and booleans. */
export function integerOf(value: Value, what: string): number {
  if (typeof value === 'number' || typeof value === 'boolean') return numberOf(value)!;
  throw new TemplateFault(`${what} must be an integer, not ${typeName(value)}`);
}

/** Items of a list or tuple. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  return Array.isArray(value) ? value : value instanceof PyTuple ? value.items : undefined;
}

export function equals(left: Value, right: Value, budget?: Budget): boolean {
  if (left instanceof Markup) return equals(left.text, right, budget);
  if (right instanceof Markup) return equals(left, right.text, budget);
  if (typeof left === 'string') {
    if (typeof right !== 'string' || left.length !== right.length) return false;
    budget?.characters(left.length >> 3);
    return left === right;
  }
  const a = numberOf(left);
  if (a !== undefined) return a === numberOf(right);
  if (left instanceof Undefined) return right instanceof Undefined;
  if (left === right) return true;
  budget?.steps(1);
  const items = itemsOf(left);
  if (items) {
    const others = itemsOf(right);
    if (!others || Array.isArray(left) !== Array.isArray(right) || items.length !== others.length) return false;
    return items.every((item, index) => same(item, others[index]!, budget));
  }
  if (left instanceof PyDict) {
    if (!(right instanceof PyDict) || left.size !== right.size) return false;
    for (const [key, value] of left.items()) {
      const other = right.get(key);
      if (other === undefined || !same(value, other, budget)) return false;
    }
    return true;
  }
  if (left instanceof PyRange && right instanceof PyRange) {
    if (left.length !== right.length) return false;
    return left.length === 0 || (left.start === right.start && (left.length === 1 || left.step === right.step));
  }
  if (left instanceof DictView && right instanceof DictView && left.kind !== 'values') {
    throw new TemplateFault('Comparing the views of dicts is not supported.');
  }
  return false;
}

/** Equality of items: Python's containers look for the same object first. */
export const same = (left: Value, right: Value, budget?: Budget): boolean =>
  left === right || equals(left, right, budget);

export function ordered(operator: Order, left: Value, right: Value, budget?: Budget): boolean {
  const a = numberOf(left);
  const b = numberOf(right);
  if (a !== undefined && b !== undefined) return holds(operator, a, b);
  if (typeof left === 'string' && typeof right === 'string') {
    budget?.characters(Math.min(left.length, right.length));
    return holds(operator, compareText(left, right), 0);
  }
  if (left instanceof Markup) return ordered(operator, left.text, right, budget);
  if (right instanceof Markup) return ordered(operator, left, right.text, budget);
  if (left instanceof Undefined) throw left.fault();
  if (right instanceof Undefined) throw right.fault();
  const items = itemsOf(left);
  const others = itemsOf(right);
  if (items && others && Array.isArray(left) === Array.isArray(right)) {
    budget?.steps(Math.min(items.length, others.length));
    const at = items.findIndex((item, index) => index >= others.length || !same(item, others[index]!, budget));
    if (at < 0 || at >= others.length) return holds(operator, items.length, others.length);
    return ordered(operator, items[at]!, others[at]!, budget);
  }
  throw new TemplateFault(
    `'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
  );
}

export const lessThan = (left: Value, right: Value): boolean => ordered('<', left, right);

function holds(operator: Order, left: number, right: number): boolean {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}
