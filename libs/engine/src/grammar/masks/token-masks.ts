import type { Configuration, Thread } from '../machine/configuration.js';
import type { Grammar } from '../machine/grammar.js';
import { NumberMatcher } from '../matchers/number-matcher.js';
import { FreshTextMatcher } from '../matchers/fresh-text-matcher.js';
import type { PatternMatcher } from '../matchers/pattern-matcher.js';
import { placeOf, STRING_PLACES, StringMatcher } from '../matchers/string-matcher.js';
import type { TextSet } from '../texts/text-set.js';
import { StringTokens } from './string-tokens.js';
import { clearBit, setBit, type TokenTrie } from './token-trie.js';

/** States of a pattern whose tokens are kept, 6 to 20 kB each. */
const MAX_PATTERN_STATES = 32;

/** Tokens that a pattern takes whole, one bit each, and nodes of the trie where longer ones leave it. */
interface PatternTokens {
  tokens: Uint32Array;
  ends: readonly number[];
}

/**
 * Which tokens may come next in a grammar. What a string takes is found once, for all strings of all grammars; of other
 * tokens of JSON only a few can come; and what reaches beyond one, such as a closing quote and a comma, depends on what follows.
 */
export class TokenMasks {
  /** By the place in a string. */
  private readonly strings: readonly StringTokens[];
  /** By the texts of a pattern and its state. */
  private readonly patterns = new WeakMap<TextSet, Map<number, PatternTokens>>();

  constructor(private readonly trie: TokenTrie) {
    // Now, not between the passes of others.
    this.strings = Array.from({ length: STRING_PLACES }, (_, place) => new StringTokens(trie, place));
  }

  /** One bit for each token that may come next; belongs to the grammar. */
  of(grammar: Grammar, configuration: Configuration): Uint32Array {
    const known = grammar.memory.masks.get(configuration);
    if (known) return known;
    const mask = new Uint32Array(this.trie.maskWords);
    for (const thread of configuration.threads) {
      const { matcher } = thread.source;
      if (matcher instanceof FreshTextMatcher) this.addFreshText(grammar, thread as Thread<number>, matcher, mask);
      else if (matcher instanceof StringMatcher) this.addString(grammar, thread as Thread<number>, matcher, mask);
      else this.add(grammar, thread, mask);
    }
    // A configuration that comes once, such as a number so far, is not worth keeping.
    if (configuration.threads.every(({ source }) => !(source.matcher instanceof NumberMatcher)))
      grammar.memory.addMask(configuration, mask);
    return mask;
  }

  private add(grammar: Grammar, thread: Thread, mask: Uint32Array): void {
    for (const { node, state } of this.trie.walk(thread.source.matcher, thread.state, mask)) {
      this.trie.walkBelow(node, grammar, grammar.following(thread, state), mask);
    }
  }

  /** The tokens of the pattern, without those in which a text that is taken ends. */
  private addFreshText(grammar: Grammar, thread: Thread<number>, matcher: FreshTextMatcher, mask: Uint32Array): void {
    const { trie } = this;
    const begun = matcher.textOf(thread.state);
    const { tokens, ends } = this.patternTokens(matcher.pattern, matcher.patternState(thread.state));
    const own = Uint32Array.from(tokens);
    for (const text of matcher.taken) {
      if (!text.startsWith(begun)) continue;
      for (const token of trie.tokensOf(text.slice(begun.length))) clearBit(own, token);
    }
    for (let word = 0; word < mask.length; word++) mask[word] |= own[word];
    for (const node of ends) {
      let state: number | undefined = thread.state;
      for (const byte of trie.bytesTo(node)) state = state === undefined ? undefined : matcher.next(state, byte);
      if (state !== undefined) trie.walkBelow(node, grammar, grammar.following(thread, state), mask);
    }
  }

  /** What a pattern takes from a state on; the same in all lists of its texts. */
  private patternTokens(pattern: PatternMatcher, state: number): PatternTokens {
    let states = this.patterns.get(pattern.texts);
    if (!states) this.patterns.set(pattern.texts, (states = new Map()));
    let known = states.get(state);
    if (!known) {
      const tokens = new Uint32Array(this.trie.maskWords);
      known = { tokens, ends: this.trie.walk(pattern, state, tokens).map(({ node }) => node) };
      if (states.size >= MAX_PATTERN_STATES) states.clear();
      states.set(state, known);
    }
    return known;
  }

  private addString(grammar: Grammar, thread: Thread<number>, matcher: StringMatcher, mask: Uint32Array): void {
    const { place, count } = placeOf(thread.state);
    const tokens = this.strings[place];
    tokens.addUpTo(matcher.maxLength - count, mask);
    for (const [characters, { tokens: whole, nodes }] of tokens.closing) {
      const end = matcher.endAfter(thread.state, characters);
      if (end === undefined) continue;
      for (const token of whole) setBit(mask, token);
      if (nodes.length === 0) continue;
      const following = grammar.following(thread, end);
      for (const node of nodes) this.trie.walkBelow(node, grammar, following, mask);
    }
  }
}
