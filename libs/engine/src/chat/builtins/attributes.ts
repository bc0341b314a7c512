import { bindPositional } from '../python/call-arguments.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import { itemsOf, numberOf, same } from '../python/operators.js';
import { codePoints } from '../python/text.js';
import {
  Callable,
  DictView,
  LoopValue,
  Markup,
  PyDict,
  PyNamespace,
  PyRange,
  PyTuple,
  Undefined,
  typeName,
  type Arguments,
  type Value,
} from '../python/values.js';
import type { Rendering } from '../python/rendering.js';
import { STRING_METHODS, type Method } from './string-methods.js';

const names = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Attributes that Python's types have besides the methods below; what they would give is not supported. */
const OTHER_ATTRIBUTES: Readonly<Record<string, ReadonlySet<string>>> = {
  str: names(
    'casefold center encode expandtabs format format_map isascii isdecimal isidentifier isnumeric isprintable istitle ljust ' +
      'maketrans rindex rjust swapcase translate zfill',
  ),
  dict: names('fromkeys'),
  int: names('as_integer_ratio bit_count bit_length conjugate from_bytes to_bytes'),
  bool: names('as_integer_ratio bit_count bit_length conjugate from_bytes to_bytes'),
  float: names('as_integer_ratio conjugate fromhex hex imag is_integer real'),
  range: names('count index start step stop'),
  dict_keys: names('isdisjoint mapping'),
  dict_values: names('mapping'),
  dict_items: names('isdisjoint mapping'),
  generator: names('close gi_code gi_frame gi_running gi_suspended gi_yieldfrom send throw'),
  function: names('name arguments catch_kwargs catch_varargs caller explicit_caller'),
};

/** Methods that change their object: the immutable sandbox gives Undefined in their place. */
const MUTATING: Readonly<Record<string, ReadonlySet<string>>> = {
  list: names('append clear extend insert pop remove reverse sort'),
  dict: names('clear pop popitem setdefault update'),
};

/** Methods that no template may call, whatever their object; found when the template is loaded. */
export const REFUSED_METHODS: ReadonlySet<string> = new Set(
  [...Object.values(OTHER_ATTRIBUTES).slice(0, 5), ...Object.values(MUTATING)].flatMap((set) => [...set]),
);

const DICT_METHODS: ReadonlyMap<string, Method<PyDict>> = new Map<string, Method<PyDict>>([
  ['copy', (dict, args, run) => (bindPositional('copy', args, 0), run.budget.steps(dict.size), dict.copy())],
  ['items', (dict, args) => (bindPositional('items', args, 0), new DictView('items', dict))],
  ['keys', (dict, args) => (bindPositional('keys', args, 0), new DictView('keys', dict))],
  ['values', (dict, args) => (bindPositional('values', args, 0), new DictView('values', dict))],
  [
    'get',
    (dict, args) => {
      const [key, fallback = null] = bindPositional('get', args, 2, 1);
      const value = dict.get(key!);
      return value === undefined ? fallback : value;
    },
  ],
]);

const SEQUENCE_METHODS: ReadonlyMap<string, Method<readonly Value[]>> = new Map<string, Method<readonly Value[]>>([
  [
    'count',
    (items, args, run) => {
      const [wanted] = bindPositional('count', args, 1, 1);
      run.budget.steps(items.length);
      return items.filter((item) => same(item, wanted!, run.budget)).length;
    },
  ],
  [
    'index',
    (items, args, run) => {
      const [wanted] = bindPositional('index', args, 1, 1);
      run.budget.steps(items.length);
      const at = items.findIndex((item) => same(item, wanted!, run.budget));
      if (at < 0) throw new TemplateFault('the value is not in the list');
      return at;
    },
  ],
]);

/** The method of this name that the value's type has and templates may call. */
function methodOf(value: Value, name: string): ((args: Arguments, run: Rendering) => Value) | undefined {
  if (typeof value === 'string') {
    const method = STRING_METHODS.get(name);
    return method && ((args, run) => method(value, args, run));
  }
  if (value instanceof PyDict) {
    const method = DICT_METHODS.get(name);
    return method && ((args, run) => method(value, args, run));
  }
  const items = itemsOf(value);
  if (!items) return undefined;
  if (name === 'copy' && Array.isArray(value)) {
    return (args, run) => (bindPositional('copy', args, 0), run.budget.steps(items.length), [...items]);
  }
  const method = SEQUENCE_METHODS.get(name);
  return method && ((args, run) => method(items, args, run));
}

/** Python's own attribute of the value; undefined where it has none of the name. */
function ownAttribute(value: Value, name: string): Value | undefined {
  if (value instanceof PyNamespace) return value.attributes.get(name);
  if (value instanceof LoopValue) return value.attribute(name);
  const method = methodOf(value, name);
  if (method) return new Callable(name, method);
  const type = typeName(value);
  if (MUTATING[type]?.has(name)) return new Undefined(`access to attribute '${name}' of '${type}' object is unsafe`);
  if (OTHER_ATTRIBUTES[type]?.has(name)) throw new TemplateFault(`'${name}' of a ${type} is not supported.`);
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  if (name === 'real' || name === 'numerator') return numberOf(value);
  return name === 'imag' ? 0 : name === 'denominator' ? 1 : undefined;
}

/** `value.name`: Python's attribute first, then the item. */
export function attributeOf(value: Value, name: string, run: Rendering): Value {
  if (value instanceof Undefined || value instanceof Markup) throw value.fault();
  const own = ownAttribute(value, name);
  if (own !== undefined) return own;
  const item = itemAt(value, name, run);
  return item === undefined ? missing(value, name) : item;
}

/** `value[key]`: the item first, then Python's attribute. */
export function itemOf(value: Value, key: Value, run: Rendering): Value {
  if (value instanceof Undefined || value instanceof Markup) throw value.fault();
  const item = itemAt(value, key, run);
  if (item !== undefined) return item;
  const own = typeof key === 'string' ? ownAttribute(value, key) : undefined;
  return own === undefined ? missing(value, key) : own;
}

function missing(value: Value, key: Value): Undefined {
  const name = typeof key === 'string' ? `attribute '${key}'` : 'such an item';
  return new Undefined(`'${typeName(value)}' object has no ${name}`);
}

/** The item, or undefined where Python raises a LookupError or a TypeError. */
function itemAt(value: Value, key: Value, run: Rendering): Value | undefined {
  if (value instanceof PyDict) return isHashable(key) ? value.get(key) : undefined;
  if (typeof key !== 'number' && typeof key !== 'boolean') return undefined;
  const index = numberOf(key)!;
  const items = typeof value === 'string' ? codePoints(value, run.budget) : itemsOf(value);
  if (items) return items[index < 0 ? index + items.length : index];
  if (!(value instanceof PyRange)) return undefined;
  const at = index < 0 ? index + value.length : index;
  return at >= 0 && at < value.length ? value.at(at) : undefined;
}

function isHashable(key: Value): boolean {
  if (key instanceof PyTuple) return key.items.every(isHashable);
  return !(Array.isArray(key) || key instanceof PyDict || (key instanceof DictView && key.kind !== 'values'));
}

/** Calls a method by its name, without making a value of it. */
export function callMethod(value: Value, name: string, args: Arguments, run: Rendering): Value {
  if (typeof value === 'string') {
    const method = STRING_METHODS.get(name);
    if (method) {
      run.budget.characters(value.length >> 2);
      return method(value, args, run);
    }
  }
  return call(attributeOf(value, name, run), args, run);
}

export function call(callee: Value, args: Arguments, run: Rendering): Value {
  if (callee instanceof Callable) return callee.call(args, run);
  if (callee instanceof Undefined) throw callee.fault();
  throw new TemplateFault(`'${typeName(callee)}' object is not callable`);
}
