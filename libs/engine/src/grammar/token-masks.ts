import type { ByteMatcher } from './byte-matcher.js';
import type { Configuration, Grammar, Thread } from './grammar.js';
import { NumberMatcher } from './number-matcher.js';
import type { TokenTrie, Walk } from './token-trie.js';

/** What is kept of masks at most, for all grammars together. */
const MAX_BYTES = 64 * 2 ** 20;

/** What follows a matcher's piece within one token. */
const CONFIGURATIONS: Omit<ByteMatcher<Configuration>, 'start'> & { start: never } = {
  start: undefined as never,
  hasFewStates: false,
  cost: 1,
  next: (configuration, byte) => {
    const next = configuration.next(byte);
    return next.isDead ? undefined : next;
  },
  accepts: () => false,
  continues: () => true,
};

/**
 * Which tokens may come next in a grammar. What a matcher takes is found once per state, over the whole vocabulary; only
 * the few tokens that reach beyond it, such as those with a closing quote, depend on what follows.
 */
export class TokenMasks {
  /** What is kept so far. */
  private bytes = 0;
  private readonly walks = new WeakMap<ByteMatcher, Map<unknown, Walk>>();

  constructor(private readonly trie: TokenTrie) {}

  /** Whether so much is kept that it is time to begin anew. */
  get isFull(): boolean {
    return this.bytes >= MAX_BYTES;
  }

  /** Finds what a matcher takes where it begins and one byte later, as most strings of answers need it. */
  prepare(matcher: ByteMatcher): void {
    this.walk(matcher, matcher.start);
    for (let byte = 0; byte < 256; byte++) {
      const next = matcher.next(matcher.start, byte);
      if (next !== undefined) this.walk(matcher, next);
    }
  }

  /** One bit for each token that may come next; belongs to the configuration. */
  of(grammar: Grammar, configuration: Configuration): Uint32Array {
    if (configuration.mask) return configuration.mask;
    const mask = new Uint32Array(this.trie.maskWords);
    for (const thread of configuration.threads) this.add(grammar, thread, mask);
    // What comes once, such as a number so far, is not worth keeping.
    if (this.bytes < MAX_BYTES && configuration.threads.every(({ matcher }) => !(matcher instanceof NumberMatcher))) {
      configuration.mask = mask;
      this.bytes += mask.byteLength;
    }
    return mask;
  }

  private add(grammar: Grammar, { matcher, state, rest }: Thread, mask: Uint32Array): void {
    const walk = this.walk(matcher, state);
    for (let word = 0; word < mask.length; word++) mask[word] |= walk.mask[word];
    if (walk.ends.length === 0) return;
    const following = grammar.configurationAt(rest);
    for (const node of walk.ends) this.trie.walkBelow(node, CONFIGURATIONS, following, mask);
  }

  private walk(matcher: ByteMatcher, state: unknown): Walk {
    if (!matcher.hasFewStates) return this.trie.walk(matcher, state);
    let byState = this.walks.get(matcher);
    if (!byState) this.walks.set(matcher, (byState = new Map()));
    let walk = byState.get(state);
    if (walk) return walk;
    walk = this.trie.walk(matcher, state);
    if (this.bytes < MAX_BYTES) byState.set(state, walk);
    this.bytes += walk.mask.byteLength;
    return walk;
  }
}
