import { itemOf } from './attributes.js';
import { bind } from '../python/call-arguments.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import { iterate, listOf, reversed, sizeOf } from '../python/iteration.js';
import { calculate } from '../python/arithmetic.js';
import { lessThan, truth } from '../python/operators.js';
import { print } from '../python/printing.js';
import { codePoints } from '../python/text.js';
import { Markup, PyDict, PyIterator, PyTuple, Undefined, hashed, typeName, type Value } from '../python/values.js';
import type { Rendering } from '../python/rendering.js';
import type { Filter } from './text-filters.js';

type Getter = (item: Value) => Value;

/** Gets what a dotted path leads to, by items and then attributes. */
export function attributeGetter(attribute: Value, run: Rendering, fallback: Value = null): Getter {
  if (attribute === null) return (item) => item;
  const parts: Value[] =
    typeof attribute === 'string'
      ? attribute.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
      : [attribute];
  return (item) => {
    run.budget.steps(parts.length);
    let value = item;
    for (const part of parts) {
      value = itemOf(value, part, run);
      if (fallback !== null && value instanceof Undefined) value = fallback;
    }
    return value;
  };
}

function ignoreCase(value: Value): Value {
  const text = value instanceof Markup ? value.text : value;
  return typeof text === 'string' ? text.toLowerCase() : text;
}

/** The key that items are compared by. */
function keyOf(attribute: Value | undefined, caseSensitive: Value | undefined, run: Rendering): Getter {
  const get = attributeGetter(attribute ?? null, run);
  return caseSensitive !== undefined && truth(caseSensitive) ? get : (item) => ignoreCase(get(item));
}

/** Sorts as Python does: stable, by `<` alone, and with equal items in their order when reversed too. */
function sortedBy<T>(items: readonly T[], key: (item: T) => Value, isReversed: boolean, run: Rendering): T[] {
  run.budget.steps(items.length * Math.ceil(Math.log2(items.length + 2)));
  const keyed = items.map((item) => ({ item, key: key(item) }));
  const direction = isReversed ? -1 : 1;
  keyed.sort((a, b) => (lessThan(a.key, b.key) ? -direction : lessThan(b.key, a.key) ? direction : 0));
  return keyed.map(({ item }) => item);
}

const sort: Filter = (value, args, run) => {
  const [isReversed = false, caseSensitive, attribute = null] = bind('sort', args, [
    'reverse',
    'case_sensitive',
    'attribute',
  ]);
  const paths: Value[] = typeof attribute === 'string' ? attribute.split(',') : [attribute];
  const keys = paths.map((path) => keyOf(path, caseSensitive, run));
  return sortedBy(listOf(value, run.budget), (item) => keys.map((key) => key(item)), truth(isReversed), run);
};

const dictSort: Filter = (value, args, run) => {
  const [caseSensitive, by = 'key', isReversed = false] = bind('dictsort', args, ['case_sensitive', 'by', 'reverse']);
  if (by !== 'key' && by !== 'value') throw new TemplateFault('You can only sort by either "key" or "value"');
  if (!(value instanceof PyDict)) throw new TemplateFault(`dictsort needs a dict, not ${typeName(value)}`);
  const key = keyOf(null, caseSensitive, run);
  const items = [...value.items()];
  return sortedBy(items, (item) => key(item[by === 'key' ? 0 : 1]), truth(isReversed), run).map(
    (item) => new PyTuple(item),
  );
};

const unique: Filter = (value, args, run) => {
  const [caseSensitive, attribute] = bind('unique', args, ['case_sensitive', 'attribute']);
  const key = keyOf(attribute, caseSensitive, run);
  return new PyIterator(
    'generator',
    (function* () {
      const seen = new Set<unknown>();
      for (const item of iterate(value, run.budget)) {
        run.budget.steps(1);
        const hash = hashed(key(item));
        if (seen.has(hash)) continue;
        seen.add(hash);
        yield item;
      }
    })(),
  );
};

const extreme =
  (name: string, isBetter: (value: Value, best: Value) => boolean): Filter =>
  (value, args, run) => {
    const [caseSensitive, attribute] = bind(name, args, ['case_sensitive', 'attribute']);
    const key = keyOf(attribute, caseSensitive, run);
    let best: { item: Value; key: Value } | undefined;
    for (const item of iterate(value, run.budget)) {
      run.budget.steps(1);
      const candidate = { item, key: key(item) };
      if (!best || isBetter(candidate.key, best.key)) best = candidate;
    }
    return best ? best.item : new Undefined('No aggregated item, sequence was empty');
  };

const join: Filter = (value, args, run) => {
  const [separator = '', attribute = null] = bind('join', args, ['d', 'attribute']);
  const get = attributeGetter(attribute, run);
  const between = print(separator, run.budget);
  const texts: string[] = [];
  for (const item of iterate(value, run.budget)) {
    const text = print(get(item), run.budget);
    run.budget.steps(1);
    run.budget.characters(text.length + between.length);
    texts.push(text);
  }
  return texts.join(between);
};

const sum: Filter = (value, args, run) => {
  const [attribute = null, start = 0] = bind('sum', args, ['attribute', 'start']);
  if (typeof start === 'string') throw new TemplateFault("sum() can't sum strings");
  const get = attributeGetter(attribute, run);
  let total: Value = start;
  for (const item of iterate(value, run.budget)) {
    run.budget.steps(1);
    total = calculate('+', total, get(item), run.budget);
  }
  return total;
};

const first: Filter = (value, args, run) => {
  bind('first', args, []);
  for (const item of iterate(value, run.budget)) return item;
  return new Undefined('No first item, sequence was empty');
};

const last: Filter = (value, args, run) => {
  bind('last', args, []);
  const items = reversed(value, run.budget);
  if (!items) throw new TemplateFault(`'${typeName(value)}' object is not reversible`);
  for (const item of items) return item;
  return new Undefined('No last item, sequence was empty');
};

const reverse: Filter = (value, args, run) => {
  if (value instanceof Markup) throw value.fault();
  bind('reverse', args, []);
  if (typeof value === 'string') return Array.from(codePoints(value, run.budget)).toReversed().join('');
  return reversed(value, run.budget) ?? listOf(value, run.budget).toReversed();
};

const length: Filter = (value, args, run) => {
  bind('length', args, []);
  const size = sizeOf(value, run.budget);
  if (size === undefined) throw new TemplateFault(`object of type '${typeName(value)}' has no len()`);
  return size;
};

const items: Filter = (value, args, run) => {
  bind('items', args, []);
  return new PyIterator(
    'generator',
    (function* () {
      if (value instanceof Undefined) return;
      if (!(value instanceof PyDict)) throw new TemplateFault('Can only get item pairs from a mapping.');
      run.budget.steps(value.size);
      for (const item of value.items()) yield new PyTuple(item);
    })(),
  );
};

/** Filters of lists and dicts. */
export const SEQUENCE_FILTERS: Readonly<Record<string, Filter>> = {
  count: length,
  dictsort: dictSort,
  first,
  items,
  join,
  last,
  length,
  list: (value, args, run) => (bind('list', args, []), listOf(value, run.budget)),
  max: extreme('max', (value, best) => lessThan(best, value)),
  min: extreme('min', (value, best) => lessThan(value, best)),
  reverse,
  sort,
  sum,
  unique,
};
