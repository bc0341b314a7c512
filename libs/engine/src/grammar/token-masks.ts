import type { ByteMatcher } from './byte-matcher.js';
import type { Configuration, Grammar, Thread } from './grammar.js';
import type { TokenTrie, Walk } from './token-trie.js';

/** What follows a matcher's piece within one token. */
const CONFIGURATIONS: Omit<ByteMatcher<Configuration>, 'start'> & { start: never } = {
  start: undefined as never,
  hasFewStates: false,
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
  private readonly walks = new WeakMap<ByteMatcher, Map<unknown, Walk>>();

  constructor(private readonly trie: TokenTrie) {}

  /** One bit for each token that may come next; belongs to the configuration. */
  of(grammar: Grammar, configuration: Configuration): Uint32Array {
    if (configuration.mask) return configuration.mask;
    const mask = new Uint32Array(this.trie.maskWords);
    for (const thread of configuration.threads) this.add(grammar, thread, mask);
    if (configuration.threads.every(({ matcher }) => matcher.hasFewStates)) configuration.mask = mask;
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
    if (!walk) byState.set(state, (walk = this.trie.walk(matcher, state)));
    return walk;
  }
}
