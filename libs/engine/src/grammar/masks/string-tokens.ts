import { isClosed, placeOf, StringMatcher } from '../matchers/string-matcher.js';
import { setBit, type TokenTrie } from './token-trie.js';

/** Counts the characters of any token: none has so many bytes. */
const COUNTING = new StringMatcher([{ min: 0, max: 2 ** 16 }]);

/** Tokens in which a string is closed. */
interface ClosingTokens {
  /** Those that end with the closing quote. */
  tokens: number[];
  /** Nodes of the trie of the closing quote, below which there are longer ones. */
  nodes: number[];
}

/** Tokens that may follow at a place in a string, by the characters that they begin: so a bound costs no walk of its own. */
export class StringTokens {
  /** By the characters that come before the closing quote. */
  readonly closing: ReadonlyMap<number, ClosingTokens>;
  /** All tokens within the string, one bit each. */
  private readonly all: Uint32Array;
  /** The same, those that begin fewer characters first. */
  private readonly tokens: Int32Array;
  /** Tokens that begin no more characters than the index. */
  private readonly countUpTo: number[] = [];

  constructor(trie: TokenTrie, place: number) {
    this.all = new Uint32Array(trie.maskWords);
    const within: number[][] = [];
    const closing = new Map<number, ClosingTokens>();
    const closingAt = (state: number): ClosingTokens => {
      const { count } = placeOf(state);
      let known = closing.get(count);
      if (!known) closing.set(count, (known = { tokens: [], nodes: [] }));
      return known;
    };
    const ends = trie.visit(COUNTING, place, (token, state) => {
      if (isClosed(state)) {
        closingAt(state).tokens.push(token);
        return;
      }
      setBit(this.all, token);
      (within[placeOf(state).count] ??= []).push(token);
    });
    for (const { node, state } of ends) closingAt(state).nodes.push(node);
    this.closing = closing;
    const lists = Array.from(within, (tokens) => tokens ?? []);
    this.tokens = Int32Array.from(lists.flat());
    for (const list of lists) this.countUpTo.push((this.countUpTo.at(-1) ?? 0) + list.length);
  }

  /** Adds the tokens that begin so many characters at most to a mask. */
  addUpTo(characters: number, mask: Uint32Array): void {
    const { all, tokens, countUpTo } = this;
    if (characters >= countUpTo.length - 1) for (let word = 0; word < mask.length; word++) mask[word] |= all[word];
    else for (let i = 0; i < countUpTo[characters]; i++) setBit(mask, tokens[i]);
  }
}
