import { TemplateFault } from './chat-template.errors.js';
import type { Rendering } from './rendering.js';

/**
 * A value as Python has it. Integers are JavaScript's numbers, floats are boxed, None is null; text is UTF-16 and is measured in
 * code points by python-text.ts.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  | PyFloat
  | Markup
  | PyTuple
  | PyDict
  | PyRange
  | DictView
  | PyIterator
  | PyNamespace
  | Callable
  | LoopValue
  | Undefined;

export class PyFloat {
  constructor(readonly value: number) {}
}

/** Text that `safe` and `escape` mark as HTML: what it is added to is escaped. Its own methods are not supported. */
export class Markup {
  constructor(readonly text: string) {}

  fault(): TemplateFault {
    return new TemplateFault('Changing text that `safe` or `escape` has marked is not supported.');
  }
}

export class PyTuple {
  constructor(readonly items: readonly Value[]) {}
}

/** The value of a name, attribute or item that is not there. Prints as nothing, iterates as empty, and raises in most other uses. */
export class Undefined {
  constructor(readonly hint: string) {}

  fault(): TemplateFault {
    return new TemplateFault(`${this.hint}.`);
  }
}

export class PyRange {
  readonly length: number;

  constructor(
    readonly start: number,
    readonly stop: number,
    readonly step: number,
  ) {
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }

  at(index: number): number {
    return this.start + index * this.step;
  }
}

export class DictView {
  constructor(
    readonly kind: 'keys' | 'values' | 'items',
    readonly dict: PyDict,
  ) {}
}

/** A generator: it can be gone through once, has no length, and is true even where nothing is left. */
export class PyIterator {
  readonly #iterator: Iterator<Value>;

  constructor(
    readonly type: string,
    source: Iterable<Value>,
  ) {
    this.#iterator = source[Symbol.iterator]();
  }

  /** Without `return`, so that a loop which is left early leaves the rest. */
  [Symbol.iterator](): Iterator<Value> {
    return { next: () => this.#iterator.next() };
  }
}

export class PyNamespace {
  constructor(readonly attributes: PyDict) {}
}

/** The `loop` of a `for`: see loop-context.ts. */
export abstract class LoopValue {
  abstract attribute(name: string): Value | undefined;
  abstract readonly length: number;
  abstract readonly index0: number;
}

export interface Arguments {
  readonly positional: readonly Value[];
  readonly named?: ReadonlyMap<string, Value>;
}

/** A macro, a global function or a method with its object. */
export class Callable {
  constructor(
    readonly name: string,
    readonly call: (args: Arguments, run: Rendering) => Value,
  ) {}
}

type Key = string | number | null | symbol | object;

const UNDEFINED_KEY = Symbol('Undefined');

/** A dict: 1, 1.0 and True are one key, and the first one given is kept. */
export class PyDict {
  readonly #values = new Map<Key, Value>();
  /** Keys that differ from what they are found by. */
  #originals?: Map<Key, Value>;

  get size(): number {
    return this.#values.size;
  }

  get(key: Value): Value | undefined {
    return this.#values.get(hashed(key));
  }

  has(key: Value): boolean {
    return this.#values.has(hashed(key));
  }

  set(key: Value, value: Value): void {
    const hash = hashed(key);
    if (hash !== key && !this.#values.has(hash)) (this.#originals ??= new Map()).set(hash, key);
    this.#values.set(hash, value);
  }

  *keys(): Generator<Value> {
    for (const hash of this.#values.keys()) yield this.#originals?.get(hash) ?? (hash as Value);
  }

  values(): Iterable<Value> {
    return this.#values.values();
  }

  *items(): Generator<[Value, Value]> {
    for (const [hash, value] of this.#values) yield [this.#originals?.get(hash) ?? (hash as Value), value];
  }

  copy(): PyDict {
    const copy = new PyDict();
    for (const [key, value] of this.items()) copy.set(key, value);
    return copy;
  }
}

/** A value by which Python's equality of keys is JavaScript's of keys of a Map. */
export function hashed(value: Value): Key {
  if (typeof value === 'string' || value === null) return value;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof PyFloat) return value.value;
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return UNDEFINED_KEY;
  if (value instanceof PyTuple)
    return `\0tuple ${JSON.stringify(value.items.map(hashed).map((key) => [typeof key, key]))}`;
  if (value instanceof PyRange)
    return `\0range ${value.length && value.start} ${value.length} ${value.length > 1 && value.step}`;
  if (Array.isArray(value) || value instanceof PyDict || (value instanceof DictView && value.kind !== 'values')) {
    throw new TemplateFault(`unhashable type: '${typeName(value)}'`);
  }
  return value;
}

/** The name that Python's messages give the type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return 'list';
  if (value instanceof PyFloat) return 'float';
  if (value instanceof Markup) return 'Markup';
  if (value instanceof PyTuple) return 'tuple';
  if (value instanceof PyDict) return 'dict';
  if (value instanceof PyRange) return 'range';
  if (value instanceof DictView) return `dict_${value.kind}`;
  if (value instanceof PyIterator) return value.type;
  if (value instanceof PyNamespace) return 'Namespace';
  if (value instanceof Undefined) return 'Undefined';
  return value instanceof Callable ? 'function' : 'LoopContext';
}

/** A value of JSON as Python's `json.loads` gives it, but that whole numbers are integers, for JavaScript does not tell them apart. */
export function fromJson(value: unknown): Value {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isInteger(value) ? value + 0 : new PyFloat(value);
    case 'undefined':
      return new Undefined('the value is undefined');
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(fromJson);
      const dict = new PyDict();
      for (const [key, item] of Object.entries(value)) if (item !== undefined) dict.set(key, fromJson(item));
      return dict;
    }
    default:
      throw new TemplateFault(`A ${typeof value} is no value of a chat template.`);
  }
}
