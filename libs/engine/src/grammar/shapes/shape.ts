import { constantsNode } from '../nodes/constants-node.js';
import { ChoiceNode, type GrammarNode, NumberNode, PatternNode, StringNode } from '../nodes/grammar-node.js';
import type { LengthRange } from '../texts/length-range.js';
import { listNode } from '../nodes/list-node.js';
import type { NumberSet } from '../nodes/number-set.js';
import { objectNode } from '../nodes/object-node.js';
import { setNode } from '../nodes/set-node.js';
import type { TextSet } from '../texts/text-set.js';

/** The shape of JSON values: a schema in the terms of a grammar. Equal ones of a schema are the same object, but for references. */
export type Shape =
  StringShape | PatternShape | NumberShape | ConstantsShape | ListShape | SetShape | ObjectShape | ChoiceShape;

/** Shapes that are no choice. */
export type PlainShape = Exclude<Shape, ChoiceShape>;

let count = 0;

abstract class NumberedShape {
  readonly id = count++;
  /** True if no value of it ends; what leads to it is left out of the grammar. */
  isEndless = false;
  private made: GrammarNode | undefined;

  /** @param pointer JSON pointer of the first place in the schema that has it */
  constructor(readonly pointer: string) {}

  get node(): GrammarNode {
    return (this.made ??= this.makeNode());
  }

  protected abstract makeNode(): GrammarNode;
}

export class StringShape extends NumberedShape {
  readonly kind = 'string';

  constructor(
    pointer: string,
    readonly ranges: readonly LengthRange[],
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return new StringNode(this.ranges);
  }
}

/** Strings whose text is in a set. */
export class PatternShape extends NumberedShape {
  readonly kind = 'pattern';

  constructor(
    pointer: string,
    readonly texts: TextSet,
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return new PatternNode(this.texts);
  }
}

export class NumberShape extends NumberedShape {
  readonly kind = 'number';

  constructor(
    pointer: string,
    readonly set: NumberSet,
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return new NumberNode(this.set);
  }
}

/** Values that are written out, as compact JSON. */
export class ConstantsShape extends NumberedShape {
  readonly kind = 'constants';

  constructor(
    pointer: string,
    readonly texts: readonly string[],
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return constantsNode(this.texts);
  }
}

/** Lists of some values that are no lists and no objects, each at most once. */
export class SetShape extends NumberedShape {
  readonly kind = 'set';

  constructor(
    pointer: string,
    readonly items: ConstantsShape,
    readonly counts: LengthRange,
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return setNode(this.items.texts, this.counts);
  }
}

export class ListShape extends NumberedShape {
  readonly kind = 'list';

  /** @param first shapes of the first items, which those behind them do not have */
  constructor(
    pointer: string,
    readonly items: Shape,
    readonly counts: LengthRange,
    readonly first: readonly Shape[] = [],
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    const { min, max } = this.counts;
    const endless = this.first.findIndex(({ isEndless }) => isEndless);
    const most = endless >= 0 ? endless : this.items.isEndless ? this.first.length : Infinity;
    return listNode(this.first, this.items, { min, max: Math.min(max, most) });
  }
}

export interface Property {
  /** Its name as JSON. */
  key: string;
  isRequired: boolean;
  shape: Shape;
}

/** Properties of other names than those that are named. */
export interface OtherProperties {
  names: StringShape | PatternShape;
  shape: Shape;
}

const ANY_COUNT: LengthRange = { min: 0, max: Infinity };

/** Objects of some properties, in their order, and behind them of others. */
export class ObjectShape extends NumberedShape {
  readonly kind = 'object';

  /** @param counts of their properties */
  constructor(
    pointer: string,
    readonly properties: readonly Property[],
    readonly others: readonly OtherProperties[] = [],
    readonly counts = ANY_COUNT,
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return objectNode(
      this.properties.filter(({ isRequired, shape }) => isRequired || !shape.isEndless),
      this.others.filter(({ shape }) => !shape.isEndless),
      this.counts,
    );
  }
}

/** Why no value is valid, and the place in the schema that says so. */
export interface Refusal {
  pointer: string;
  detail: string;
}

/** Values of any of some shapes. */
export class ChoiceShape extends NumberedShape {
  readonly kind = 'choice';
  /** Empty until it is known, where it is a reference. */
  options: readonly Shape[] = [];

  /**
   * @param reference the `$ref` that it stands for
   * @param refusal where it has no options: why no value is valid
   */
  constructor(
    pointer: string,
    readonly reference?: string,
    readonly refusal?: Refusal,
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return new ChoiceNode(() => this.options.filter(({ isEndless }) => !isEndless).map(({ node }) => [node]));
  }
}
