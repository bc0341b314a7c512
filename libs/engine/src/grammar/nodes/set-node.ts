import { ChoiceNode, FreshTextNode, type GrammarNode, LiteralNode } from './grammar-node.js';
import type { LengthRange } from '../texts/length-range.js';
import type { TextSet } from '../texts/text-set.js';
import { LiteralTexts } from './literal-texts.js';

const [COMMA, END, OPEN] = [...',]['].map((mark) => new LiteralTexts([mark]));
const COMMA_OR_END = new LiteralTexts([',', ']']);
const CLOSE = new LiteralNode(END);

/**
 * A list of some texts, each at most once. Its nodes are made anew each time: there are as many as lists, so only the answers that
 * are in one keep them.
 */
export function setNode(items: readonly string[], counts: LengthRange): GrammarNode {
  const texts = new LiteralTexts(items);
  const itemNode = (used: ReadonlyBits, count: number): GrammarNode =>
    new UnusedNode(texts, used, (given) => [restNode(counts, count + 1, () => itemNode(used.with(given), count + 1))]);
  const none = new ReadonlyBits(new Uint32Array(Math.ceil(items.length / 32)));
  return listOf(counts, () => itemNode(none, 0));
}

/** A list of different texts of a set, of which there are more behind any beginning than a list holds. */
export function freshTextsNode(texts: TextSet, counts: LengthRange): GrammarNode {
  const itemNode = (taken: readonly string[]): GrammarNode =>
    new FreshTextNode(texts, taken, (text) => [restNode(counts, taken.length + 1, () => itemNode([...taken, text]))]);
  return listOf(counts, () => itemNode([]));
}

function listOf({ min }: LengthRange, first: () => GrammarNode): GrammarNode {
  const beginning = new ChoiceNode(() => [...(min === 0 ? [[CLOSE]] : []), [first()]]);
  return new LiteralNode(OPEN, () => [beginning]);
}

/** What follows an item. */
function restNode({ min, max }: LengthRange, count: number, next: () => GrammarNode): GrammarNode {
  if (count >= max) return CLOSE;
  if (count < min) return new LiteralNode(COMMA, () => [next()]);
  return new LiteralNode(COMMA_OR_END, (mark) => (mark === 0 ? [next()] : []));
}

/** The texts that have not come before. */
class UnusedNode extends LiteralNode {
  constructor(
    texts: LiteralTexts,
    private readonly used: ReadonlyBits,
    followers: (given: number) => readonly GrammarNode[],
  ) {
    super(texts, followers);
  }

  override has(index: number): boolean {
    return !this.used.has(this.texts.given[index]);
  }
}

class ReadonlyBits {
  constructor(private readonly words: Uint32Array) {}

  has(at: number): boolean {
    return ((this.words[at >>> 5] >>> (at & 31)) & 1) === 1;
  }

  with(at: number): ReadonlyBits {
    const words = Uint32Array.from(this.words);
    words[at >>> 5] |= 1 << (at & 31);
    return new ReadonlyBits(words);
  }
}
