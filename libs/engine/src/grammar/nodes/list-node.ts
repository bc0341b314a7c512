import { ChoiceNode, type GrammarNode, LiteralNode } from './grammar-node.js';
import type { LengthRange } from '../texts/length-range.js';
import { LiteralTexts } from './literal-texts.js';
import type { LazyNode } from './object-node.js';

const [COMMA, END, OPEN] = [...',]['].map((mark) => new LiteralTexts([mark]));
const COMMA_OR_END = new LiteralTexts([',', ']']);
const CLOSE = new LiteralNode(END);

/**
 * Items with commas between them, the first of which may have shapes of their own; of lists that have enough items all are alike,
 * unless there may be too many.
 */
export function listNode(first: readonly LazyNode[], items: LazyNode, { min, max }: LengthRange): GrammarNode {
  const itemAt = (index: number): GrammarNode => (first.at(index) ?? items).node;
  const behindItems = new Map<number, GrammarNode>();
  const behind = (count: number): GrammarNode => {
    const alike = max === Infinity ? Math.min(count, Math.max(min, 1, first.length)) : count;
    let known = behindItems.get(alike);
    if (!known) behindItems.set(alike, (known = commaOrEnd(alike)));
    return known;
  };
  const commaOrEnd = (count: number): GrammarNode => {
    if (count >= max) return CLOSE;
    const next = (): GrammarNode[] => [itemAt(count), behind(count + 1)];
    if (count < min) return new LiteralNode(COMMA, next);
    return new LiteralNode(COMMA_OR_END, (mark) => (mark === 0 ? next() : []));
  };
  const beginning = new ChoiceNode(() => [
    ...(min === 0 ? [[CLOSE]] : []),
    ...(max > 0 ? [[itemAt(0), behind(1)]] : []),
  ]);
  return new LiteralNode(OPEN, () => [beginning]);
}
