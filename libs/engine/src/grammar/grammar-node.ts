import type { ByteMatcher } from './byte-matcher.js';

/** A part of a grammar: bytes, or a choice of what to put in its place. */
export type GrammarNode = MatchNode | ChoiceNode;

/** Bytes that a matcher recognises. */
export class MatchNode {
  constructor(readonly matcher: ByteMatcher) {}
}

/** One of several sequences of nodes. They are made when they are first asked for, so a grammar may be recursive. */
export class ChoiceNode {
  private made: readonly (readonly GrammarNode[])[] | undefined;

  constructor(private readonly make: () => readonly (readonly GrammarNode[])[]) {}

  get alternatives(): readonly (readonly GrammarNode[])[] {
    return (this.made ??= this.make());
  }
}
