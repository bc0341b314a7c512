import type { LiteralTexts } from './literal-texts.js';
import type { LengthRange } from '../texts/length-range.js';
import type { NumberSet } from './number-set.js';
import type { TextSet } from '../texts/text-set.js';

/** A part of a grammar: one token of JSON, or a choice of what to put in its place. */
export type GrammarNode = LiteralNode | StringNode | PatternNode | NumberNode | ChoiceNode;
/** One token of JSON: a mark, a word, a string or a number. A text is cut into the same ones in all ways to follow it. */
export type TokenNode = LiteralNode | StringNode | PatternNode | NumberNode;

let count = 0;

abstract class NumberedNode {
  readonly id = count++;
}

/** Some texts, of which each has nodes of its own behind it. */
export class LiteralNode extends NumberedNode {
  /**
   * @param from the first of the texts that may come, and `to` the one behind the last, by their place in what was given
   * @param followers what comes behind a text; equal nodes must be the same objects
   */
  constructor(
    readonly texts: LiteralTexts,
    private readonly followers: (given: number) => readonly GrammarNode[] = () => [],
    readonly from = 0,
    readonly to = texts.sorted.length,
  ) {
    super();
  }

  /** True if a text may come, by its place in the sorted ones. */
  has(index: number): boolean {
    const given = this.texts.given[index];
    return given >= this.from && given < this.to;
  }

  /** Continuations behind each text, by its place in the sorted ones. */
  behind(index: number): readonly GrammarNode[] {
    return this.followers(this.texts.given[index]);
  }
}

/** A string of one of some lengths, in code points. */
export class StringNode extends NumberedNode {
  constructor(readonly ranges: readonly LengthRange[]) {
    super();
  }
}

/** A string whose text is in a set. */
export class PatternNode extends NumberedNode {
  constructor(readonly texts: TextSet) {
    super();
  }
}

/** A number of a set. */
export class NumberNode extends NumberedNode {
  constructor(readonly set: NumberSet) {
    super();
  }
}

/** One of several sequences of nodes. They are made when they are first asked for, so a grammar may be recursive. */
export class ChoiceNode extends NumberedNode {
  private made: readonly (readonly GrammarNode[])[] | undefined;

  constructor(private readonly make: () => readonly (readonly GrammarNode[])[]) {
    super();
  }

  get alternatives(): readonly (readonly GrammarNode[])[] {
    return (this.made ??= this.make());
  }
}
