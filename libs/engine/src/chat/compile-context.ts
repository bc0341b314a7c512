import { REFUSED_GLOBALS } from './globals.js';

/** What is found while a template is compiled. */
export class CompileContext {
  readonly #problems = new Set<string>();
  readonly #read = new Set<string>();
  readonly #assigned = new Set<string>();

  /** Notes what is not supported, and stands in for it: a template with a note is never rendered. */
  refuse(what: string): () => never {
    this.#problems.add(what);
    return () => {
      throw new Error('Bug: a chat template that is not supported was rendered.');
    };
  }

  read(name: string): void {
    this.#read.add(name);
  }

  assign(name: string): void {
    this.#assigned.add(name);
  }

  problems(): string[] {
    const globals = [...REFUSED_GLOBALS].filter((name) => this.#read.has(name) && !this.#assigned.has(name));
    return [...this.#problems, ...globals.map((name) => `global \`${name}\``)];
  }
}
