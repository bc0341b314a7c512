import { ChoiceNode, type GrammarNode, LiteralNode, StringNode } from './grammar-node.js';
import { LiteralTexts } from './literal-texts.js';

const [COMMA, END_OF_LIST, END_OF_OBJECT, OPEN_LIST, OPEN_OBJECT] = [...',]}[{'].map(
  (mark) => new LiteralTexts([mark]),
);
const [COMMA_OR_END_OF_LIST, COMMA_OR_END_OF_OBJECT] = [new LiteralTexts([',', ']']), new LiteralTexts([',', '}'])];
const COLON = new LiteralNode(new LiteralTexts([':']));
const [CLOSE_LIST, CLOSE_OBJECT] = [new LiteralNode(END_OF_LIST), new LiteralNode(END_OF_OBJECT)];
const NAME = new StringNode([{ min: 0, max: Infinity }]);

/** A node that is made when it is first asked for, so that what holds it may be recursive. */
interface LazyNode {
  readonly node: GrammarNode;
}

/** A property of an object; its name is JSON. */
interface Member {
  key: string;
  isRequired: boolean;
  shape: LazyNode;
}

/** Items with commas between them; of lists that have enough items all are alike, unless there may be too many. */
export function listNode(items: LazyNode, min: number, max: number): GrammarNode {
  const behindItems = new Map<number, GrammarNode>();
  const behind = (count: number): GrammarNode => {
    const alike = max === Infinity ? Math.min(count, Math.max(min, 1)) : count;
    let known = behindItems.get(alike);
    if (!known) behindItems.set(alike, (known = commaOrEnd(alike)));
    return known;
  };
  const commaOrEnd = (count: number): GrammarNode => {
    if (count >= max) return CLOSE_LIST;
    const next = (): GrammarNode[] => [items.node, behind(count + 1)];
    if (count < min) return new LiteralNode(COMMA, next);
    return new LiteralNode(COMMA_OR_END_OF_LIST, (mark) => (mark === 0 ? next() : []));
  };
  const beginning = new ChoiceNode(() => [
    ...(min === 0 ? [[CLOSE_LIST]] : []),
    ...(max > 0 ? [[items.node, behind(1)]] : []),
  ]);
  return new LiteralNode(OPEN_LIST, () => [beginning]);
}

/** An object of any names. */
export function dictionaryNode(value: LazyNode): GrammarNode {
  const member = (): GrammarNode[] => [NAME, COLON, value.node, rest];
  const rest = new LiteralNode(COMMA_OR_END_OF_OBJECT, (mark) => (mark === 0 ? member() : []));
  const beginning = new ChoiceNode(() => [[CLOSE_OBJECT], member()]);
  return new LiteralNode(OPEN_OBJECT, () => [beginning]);
}

/** The properties of an object in their order; those that are not required may be left out. */
export function objectNode(properties: readonly Member[]): GrammarNode {
  const count = properties.length;
  const keys = new LiteralTexts(properties.map(({ key }) => key));
  /** The first required property from each on, or the number of all. */
  const firstRequired = Array.from({ length: count + 1 }, () => count);
  for (let i = count - 1; i >= 0; i--) firstRequired[i] = properties[i].isRequired ? i : firstRequired[i + 1];

  // They share the texts of all names: a copy for each place would be a million for a thousand properties.
  const names: GrammarNode[] = [];
  const nameFrom = (from: number): GrammarNode =>
    (names[from] ??= new LiteralNode(
      keys,
      (i) => [COLON, properties[i].shape.node, behind(i)],
      from,
      Math.min(firstRequired[from] + 1, count),
    ));
  const rests: GrammarNode[] = [];
  const behind = (property: number): GrammarNode => (rests[property] ??= commaOrEnd(property + 1));
  const commaOrEnd = (from: number): GrammarNode => {
    if (from === count) return CLOSE_OBJECT;
    if (firstRequired[from] < count) return new LiteralNode(COMMA, () => [nameFrom(from)]);
    return new LiteralNode(COMMA_OR_END_OF_OBJECT, (mark) => (mark === 0 ? [nameFrom(from)] : []));
  };
  const beginning = new ChoiceNode(() => [
    ...(firstRequired[0] === count ? [[CLOSE_OBJECT]] : []),
    ...(count > 0 ? [[nameFrom(0)]] : []),
  ]);
  return new LiteralNode(OPEN_OBJECT, () => [beginning]);
}
