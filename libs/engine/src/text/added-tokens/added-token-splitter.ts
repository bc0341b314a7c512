import type { AddedToken } from '../../model/added-token.js';

/** A part of a text: an added token, or text between added tokens. */
type TextSection = { token: AddedToken } | { text: string; from: number };

interface TrieNode {
  children: Map<number, TrieNode>;
  token?: AddedToken;
}

const ENDS_WITH_WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const STARTS_WITH_WORD = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const TRAILING_SPACE = /\p{White_Space}$/u;
const LEADING_SPACE = /^\p{White_Space}/u;

/**
 * Finds added tokens in a text: of those that begin first the longest, as `AddedVocabulary::find_matches` of the
 * tokenizers library (https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/tokenizer/added_vocabulary.rs).
 */
export class AddedTokenSplitter {
  private readonly root: TrieNode = { children: new Map() };

  /** @param tokens each with the text that stands for it */
  constructor(tokens: Iterable<readonly [text: string, token: AddedToken]>) {
    for (const [text, token] of tokens) {
      if (text === '') continue;
      let node = this.root;
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        let child = node.children.get(unit);
        if (!child) node.children.set(unit, (child = { children: new Map() }));
        node = child;
      }
      node.token = token;
    }
  }

  /** @param guards places that no token reaches over */
  split(text: string, guards?: ReadonlySet<number>): TextSection[] {
    const sections: TextSection[] = [];
    let done = 0;
    for (let at = 0; at < text.length;) {
      const match = this.matchAt(text, at, guards);
      if (!match) {
        at++;
        continue;
      }
      const end = at + match.length;
      if (match.token.single_word && !standsAlone(text, at, end)) {
        at = end;
        continue;
      }
      const from = match.token.lstrip ? beforeSpace(text, at, done) : at;
      const to = match.token.rstrip ? behindSpace(text, end) : end;
      if (from > done) sections.push({ text: text.slice(done, from), from: done });
      sections.push({ token: match.token });
      done = to;
      at = to;
    }
    if (done < text.length) sections.push({ text: text.slice(done), from: done });
    return sections;
  }

  private matchAt(
    text: string,
    from: number,
    guards?: ReadonlySet<number>,
  ): { token: AddedToken; length: number } | undefined {
    let node: TrieNode | undefined = this.root;
    let longest: { token: AddedToken; length: number } | undefined;
    for (let at = from; at < text.length; at++) {
      if (at > from && guards?.has(at)) break;
      node = node.children.get(text.charCodeAt(at));
      if (!node) break;
      if (node.token) longest = { token: node.token, length: at + 1 - from };
    }
    return longest;
  }
}

function standsAlone(text: string, from: number, to: number): boolean {
  // Two units hold any character.
  return (
    !ENDS_WITH_WORD.test(text.slice(Math.max(0, from - 2), from)) && !STARTS_WITH_WORD.test(text.slice(to, to + 2))
  );
}

function beforeSpace(text: string, from: number, done: number): number {
  let at = from;
  while (at > done && TRAILING_SPACE.test(text[at - 1])) at--;
  return at;
}

function behindSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && LEADING_SPACE.test(text[at])) at++;
  return at;
}
