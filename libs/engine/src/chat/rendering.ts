import type { Budget } from './budget.js';
import { Undefined, type Value } from './python-values.js';

/** One rendering: what is written so far, what it may still cost, and the names that the caller and Jinja give. */
export class Rendering {
  output = '';
  /** Macros within macros: Python's stack ends, and so does this one, before V8's. */
  depth = 0;

  constructor(
    readonly budget: Budget,
    readonly names: ReadonlyMap<string, Value>,
  ) {}

  write(text: string): void {
    this.budget.characters(text.length);
    this.output += text;
  }

  /** What `body` writes, taken out of the output. */
  capture(body: () => void): string {
    const before = this.output;
    this.output = '';
    try {
      body();
      return this.output;
    } finally {
      this.output = before;
    }
  }
}

/** The names of one scope: a template, one turn of a loop, a macro's call or a captured block. Assignments stay in it. */
export class Scope {
  readonly #names = new Map<string, Value>();

  constructor(
    readonly run: Rendering,
    readonly parent?: Scope,
  ) {}

  get(name: string): Value {
    const value = this.#names.get(name);
    if (value !== undefined) return value;
    if (this.parent) return this.parent.get(name);
    const given = this.run.names.get(name);
    return given === undefined ? new Undefined(`'${name}' is undefined`) : given;
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value);
  }
}
