import { ChoiceNode, type GrammarNode, LiteralNode } from './grammar-node.js';
import type { LengthRange } from '../texts/length-range.js';
import { LiteralTexts } from './literal-texts.js';

const [COMMA, END, OPEN] = [...',]['].map((mark) => new LiteralTexts([mark]));
const COMMA_OR_END = new LiteralTexts([',', ']']);
const CLOSE = new LiteralNode(END);

/**
 * A list of some texts, each at most once. Its nodes are made anew each time: there are as many as lists, so only the answers that
 * are in one keep them.
 */
export function setNode(items: readonly string[], { min, max }: LengthRange): GrammarNode {
  const texts = new LiteralTexts(items);
  const itemNode = (used: ReadonlyBits, count: number): GrammarNode =>
    new UnusedNode(texts, used, (given) => [behind(used.with(given), count + 1)]);
  const behind = (used: ReadonlyBits, count: number): GrammarNode => {
    if (count >= max) return CLOSE;
    const next = (): GrammarNode[] => [itemNode(used, count)];
    if (count < min) return new LiteralNode(COMMA, next);
    return new LiteralNode(COMMA_OR_END, (mark) => (mark === 0 ? next() : []));
  };
  const none = new ReadonlyBits(new Uint32Array(Math.ceil(items.length / 32)));
  const beginning = new ChoiceNode(() => [...(min === 0 ? [[CLOSE]] : []), [itemNode(none, 0)]]);
  return new LiteralNode(OPEN, () => [beginning]);
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
