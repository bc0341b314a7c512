import { type GrammarNode, LiteralNode } from './grammar-node.js';
import { LiteralTexts } from './literal-texts.js';

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[-+.\w]+|[[\]{},:]/y;

/** Any of some values, given as compact JSON. Values that begin with the same tokens are followed together. */
export function constantsNode(texts: readonly string[]): GrammarNode {
  return restNode(texts, 0);
}

/** The rests of texts behind so many characters, which are the same in all of them. */
function restNode(texts: readonly string[], from: number): GrammarNode {
  const byToken = Map.groupBy(texts, (text) => tokenAt(text, from));
  const tokens = [...byToken.keys()];
  const behind: (readonly GrammarNode[])[] = [];
  return new LiteralNode(
    new LiteralTexts(tokens),
    (i) => (behind[i] ??= restOf(byToken.get(tokens[i])!, from + tokens[i].length)),
  );
}

/** Texts of one value that has ended are all the same. */
function restOf(texts: readonly string[], from: number): readonly GrammarNode[] {
  return texts[0].length === from ? [] : [restNode(texts, from)];
}

function tokenAt(text: string, from: number): string {
  TOKEN.lastIndex = from;
  return TOKEN.exec(text)![0];
}

/** The depth of a constant: 0 for a value that is no list and no object. */
export function depthOf(text: string): number {
  let [depth, most] = [0, 0];
  for (let from = 0; from < text.length;) {
    const token = tokenAt(text, from);
    if (token === '[' || token === '{') most = Math.max(most, ++depth);
    if (token === ']' || token === '}') depth--;
    from += token.length;
  }
  return most;
}
