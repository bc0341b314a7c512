import { REFUSED_GLOBALS } from '../builtins/globals.js';
import type { Value } from '../python/values.js';
import type { Scope } from './scope.js';
import type { Expression, TemplateNode } from '../syntax/template-tree.js';

/** A compiled expression. */
export type Evaluate = (scope: Scope) => Value;

/** The end of a statement: `undefined` goes on with the next one, the others leave the turn or the loop. */
export type Outcome = 'break' | 'continue' | undefined;

/** Compiled statements. */
export type Execute = (scope: Scope) => Outcome;

/** Makers of functions, which need each other: expressions hold arguments, statements hold statements. */
interface Compilers {
  expression(node: Expression, context: CompileContext): Evaluate;
  body(nodes: readonly TemplateNode[], context: CompileContext, inLoop: boolean): Execute;
}

/** The compilation of one template: its compilers, and what is found on the way. */
export class CompileContext {
  readonly #problems = new Set<string>();
  readonly #read = new Set<string>();
  readonly #assigned = new Set<string>();

  constructor(private readonly compilers: Compilers) {}

  expression(node: Expression): Evaluate {
    return this.compilers.expression(node, this);
  }

  /** @param inLoop true if `break` and `continue` may stand among the statements */
  body(nodes: readonly TemplateNode[], inLoop: boolean): Execute {
    return this.compilers.body(nodes, this, inLoop);
  }

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
