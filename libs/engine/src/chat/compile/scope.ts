import { Undefined, type Value } from '../python/values.js';
import type { Rendering } from '../python/rendering.js';

/** The names of one scope: a template, one turn of a loop, a macro's call or a captured block. Assignments stay in it. */
export class Scope {
  readonly #names: Map<string, Value>;

  constructor(
    readonly run: Rendering,
    readonly parent?: Scope,
    names = new Map<string, Value>(),
  ) {
    this.#names = names;
  }

  get(name: string): Value {
    const value = this.#names.get(name);
    if (value !== undefined) return value;
    return this.parent ? this.parent.get(name) : new Undefined(`'${name}' is undefined`);
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value);
  }
}
