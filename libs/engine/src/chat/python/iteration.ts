import type { Budget } from './budget.js';
import { TemplateFault } from './chat-template.errors.js';
import { equals, integerOf, itemsOf, same } from './operators.js';
import { viewed } from './printing.js';
import { codePoints, lengthOf } from './text.js';
import {
  DictView,
  LoopValue,
  Markup,
  PyDict,
  PyIterator,
  PyRange,
  PyTuple,
  Undefined,
  typeName,
  type Value,
} from './values.js';

/** `iter(value)`. */
export function iterate(value: Value, budget: Budget): Iterable<Value> {
  if (Array.isArray(value)) return value;
  if (value instanceof PyDict) return value.keys();
  if (value instanceof PyIterator) return value;
  if (value instanceof PyTuple) return value.items;
  if (typeof value === 'string') return codePoints(value, budget);
  if (value instanceof PyRange) return numbers(value);
  if (value instanceof DictView) return viewed(value);
  if (value instanceof Markup) return codePoints(value.text, budget);
  if (value instanceof Undefined) return [];
  throw new TemplateFault(`'${typeName(value)}' object is not iterable`);
}

/** `list(value)`. */
export function listOf(value: Value, budget: Budget): Value[] {
  const list: Value[] = [];
  for (const item of iterate(value, budget)) {
    budget.steps(1);
    list.push(item);
  }
  return list;
}

function* numbers(range: PyRange): Generator<number> {
  for (let index = 0; index < range.length; index++) yield range.at(index);
}

/** `len(value)`, or undefined for what has none. */
export function sizeOf(value: Value, budget: Budget): number | undefined {
  if (typeof value === 'string') return lengthOf(value, budget);
  if (value instanceof Markup) return lengthOf(value.text, budget);
  const items = itemsOf(value);
  if (items) return items.length;
  if (value instanceof PyDict) return value.size;
  if (value instanceof PyRange || value instanceof LoopValue) return value.length;
  if (value instanceof DictView) return value.dict.size;
  return value instanceof Undefined ? 0 : undefined;
}

/** `reversed(value)`, or undefined where Python raises a TypeError. */
export function reversed(value: Value, budget: Budget): PyIterator | undefined {
  if (value instanceof PyIterator || value === null || sizeOf(value, budget) === undefined) return undefined;
  if (value instanceof Markup) throw value.fault();
  if (value instanceof LoopValue) return undefined;
  return new PyIterator('reversed', listOf(value, budget).toReversed());
}

/** `item in container`. */
export function contains(container: Value, item: Value, budget: Budget): boolean {
  if (container instanceof Markup) return contains(container.text, item, budget);
  if (item instanceof Markup) return contains(container, item.text, budget);
  if (typeof container === 'string') {
    if (typeof item !== 'string') {
      throw new TemplateFault(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    }
    budget.characters(container.length);
    return indexOf(container, item) >= 0;
  }
  if (container instanceof PyDict) return container.has(item);
  if (container instanceof DictView && container.kind === 'keys') return container.dict.has(item);
  for (const other of iterate(container, budget)) {
    budget.steps(1);
    if (same(other, item, budget) || equals(item, other, budget)) return true;
  }
  return false;
}

/** In UTF-16; a lone surrogate is no part of a pair. */
function indexOf(text: string, part: string): number {
  if (part.isWellFormed()) return text.indexOf(part);
  throw new TemplateFault('Searching for a lone surrogate is not supported.');
}

interface Slice {
  start: Value;
  stop: Value;
  step: Value;
}

/** `value[start:stop:step]`. */
export function sliced(value: Value, slice: Slice, budget: Budget): Value {
  if (value instanceof Undefined || value instanceof Markup) throw value.fault();
  const source = typeof value === 'string' ? codePoints(value, budget) : (itemsOf(value) ?? value);
  if (typeof source !== 'string' && !Array.isArray(source)) {
    if (!(source instanceof PyRange)) throw new TemplateFault(`'${typeName(value)}' object has no slices`);
    const [start, stop, step] = bounds(slice, source.length);
    return new PyRange(source.at(start), source.at(stop), source.step * step);
  }
  const [start, stop, step] = bounds(slice, source.length);
  if (typeof source === 'string' && step === 1) return source.slice(start, Math.max(start, stop));
  const items: Value[] = [];
  for (let index = start; step > 0 ? index < stop : index > stop; index += step) items.push(source[index]!);
  // A copy of references is far cheaper than a turn of a loop, and templates take the rest of the messages at every message.
  budget.steps(1 + (items.length >> 3));
  if (typeof value === 'string') return items.join('');
  return value instanceof PyTuple ? new PyTuple(items) : items;
}

/** `slice.indices`. */
function bounds(slice: Slice, length: number): [start: number, stop: number, step: number] {
  const index = (value: Value) => (value === null ? undefined : integerOf(value, 'A slice'));
  const step = index(slice.step) ?? 1;
  if (step === 0) throw new TemplateFault('slice step cannot be zero');
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (value: number) => (value < 0 ? Math.max(value + length, lowest) : Math.min(value, highest));
  const start = index(slice.start);
  const stop = index(slice.stop);
  return [
    start === undefined ? (step > 0 ? lowest : highest) : clamp(start),
    stop === undefined ? (step > 0 ? highest : lowest) : clamp(stop),
    step,
  ];
}
