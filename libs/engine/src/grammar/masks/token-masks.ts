import type { Configuration, Thread } from '../machine/configuration.js';
import type { Grammar } from '../machine/grammar.js';
import { NumberMatcher } from '../matchers/number-matcher.js';
import { placeOf, STRING_PLACES, StringMatcher } from '../matchers/string-matcher.js';
import { StringTokens } from './string-tokens.js';
import { setBit, type TokenTrie } from './token-trie.js';

/**
 * Which tokens may come next in a grammar. What a string takes is found once, for all strings of all grammars; of other
 * tokens of JSON only a few can come; and what reaches beyond one, such as a closing quote and a comma, depends on what follows.
 */
export class TokenMasks {
  /** By the place in a string. */
  private readonly strings: readonly StringTokens[];

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
      if (matcher instanceof StringMatcher) this.addString(grammar, thread as Thread<number>, matcher, mask);
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
