import type { GraphBuilder } from './graph-builder.js';

/** `decode`: one new token of each sequence; `prompt`: several of one. */
export type PassForm = 'decode' | 'prompt';

/** Adds nodes to a graph that are made for one form of passes. */
export class PassForms {
  private known: PassForm | undefined;

  /** @param isDecode true if the pass has one new token for each sequence */
  constructor(
    private readonly graph: GraphBuilder,
    readonly isDecode: string,
  ) {}

  /** The result of one of both, by the pass; where its form is known, without a choice at run time. */
  choose(whenDecode: () => string, whenPrompt: () => string): string {
    if (this.known) return (this.known === 'decode' ? whenDecode : whenPrompt)();
    return this.graph.choose(this.isDecode, whenDecode, whenPrompt);
  }

  /** Adds nodes for passes of one form. */
  within<T>(form: PassForm, build: () => T): T {
    this.known = form;
    try {
      return build();
    } finally {
      this.known = undefined;
    }
  }
}
