import { constantsNode } from '../nodes/constants-node.js';
import { dictionaryNode, listNode, objectNode } from '../nodes/container-nodes.js';
import { ChoiceNode, type GrammarNode, NumberNode, StringNode } from '../nodes/grammar-node.js';
import type { LengthRange } from '../nodes/length-range.js';
import type { NumberSet } from '../nodes/number-set.js';

/** The shape of JSON values: a schema in the terms of a grammar. Equal ones of a schema are the same object, but for references. */
export type Shape =
  StringShape | NumberShape | ConstantsShape | ListShape | ObjectShape | DictionaryShape | ChoiceShape;

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

export class ListShape extends NumberedShape {
  readonly kind = 'list';

  constructor(
    pointer: string,
    readonly items: Shape,
    readonly min: number,
    readonly max: number,
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return listNode(this.items, this.min, this.items.isEndless ? 0 : this.max);
  }
}

export interface Property {
  /** Its name as JSON. */
  key: string;
  isRequired: boolean;
  shape: Shape;
}

/** Objects of some properties, in their order. */
export class ObjectShape extends NumberedShape {
  readonly kind = 'object';

  constructor(
    pointer: string,
    readonly properties: readonly Property[],
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return objectNode(this.properties.filter(({ isRequired, shape }) => isRequired || !shape.isEndless));
  }
}

/** Objects of any names. */
export class DictionaryShape extends NumberedShape {
  readonly kind = 'dictionary';

  constructor(
    pointer: string,
    readonly value: Shape,
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return this.value.isEndless ? objectNode([]) : dictionaryNode(this.value);
  }
}

/** Values of any of some shapes. */
export class ChoiceShape extends NumberedShape {
  readonly kind = 'choice';
  /** Empty until it is known, where it is a reference. */
  options: readonly Shape[] = [];

  /** @param reference the `$ref` that it stands for */
  constructor(
    pointer: string,
    readonly reference?: string,
  ) {
    super(pointer);
  }

  protected makeNode(): GrammarNode {
    return new ChoiceNode(() => this.options.filter(({ isEndless }) => !isEndless).map(({ node }) => [node]));
  }
}
