import { grammarTooAmbiguous } from '../engine.errors.js';
import type { ByteMatcher } from './byte-matcher.js';
import { type GrammarNode, MatchNode } from './grammar-node.js';

/** What the matchers of all ways to understand a text may cost together; more would hold up other requests. */
const MAX_COST = 2048;

/** What must follow: a node and then the rest; the end has neither. Equal ones are the same object. */
export class Continuation {
  /** What is entered when its turn comes; known once it is asked for. */
  entry: Entry | undefined;
  private readonly longer = new Map<GrammarNode, Continuation>();

  constructor(
    readonly node?: GrammarNode,
    readonly rest?: Continuation,
  ) {}

  /** This, with a node before it. */
  after(node: GrammarNode): Continuation {
    let longer = this.longer.get(node);
    if (!longer) this.longer.set(node, (longer = new Continuation(node, this)));
    return longer;
  }
}

/** One way to understand the text so far: inside of what a matcher recognises, and what must follow it. */
export interface Thread {
  /** Unique in its grammar. */
  id: number;
  matcher: ByteMatcher;
  state: unknown;
  rest: Continuation;
}

interface Entry {
  threads: readonly Thread[];
  /** Whether the text may end here. */
  isEnd: boolean;
}

/** All ways to understand a text so far. Equal ones are the same object. */
export class Configuration {
  /** What is known of the tokens that may follow; see `TokenMasks`. */
  mask: Uint32Array | undefined;
  private readonly successors = new Map<number, Configuration>();

  constructor(
    private readonly grammar: Grammar,
    readonly threads: readonly Thread[],
    /** Whether the text may end here. */
    readonly isEnd: boolean,
  ) {}

  /** Whether nothing can follow, and the text cannot end. */
  get isDead(): boolean {
    return this.threads.length === 0 && !this.isEnd;
  }

  /** The ways that are left after another byte; a dead configuration where it cannot follow. */
  next(byte: number): Configuration {
    let next = this.successors.get(byte);
    if (!next) this.successors.set(byte, (next = this.grammar.step(this, byte)));
    return next;
  }
}

/**
 * A language of texts, as bytes, and a machine that follows a text through it: threads of (matcher, state, rest),
 * of which those that are equal are one. Texts may be nested to any depth.
 */
export class Grammar {
  readonly start: Configuration;
  private readonly configurations = new Map<string, Configuration>();
  private readonly threadIds = new Map<Continuation, Map<ByteMatcher, Map<unknown, Thread>>>();
  private threadCount = 0;

  constructor(root: GrammarNode) {
    this.start = this.configurationAt(new Continuation().after(root));
  }

  /** How much is known of it: configurations that were met. */
  get size(): number {
    return this.configurations.size;
  }

  /** What may come where a continuation begins. */
  configurationAt(continuation: Continuation): Configuration {
    const { threads, isEnd } = this.enter(continuation);
    return this.configuration(threads, isEnd);
  }

  /** @throws `invalid_request` where a text can be understood in too many ways */
  step({ threads }: Configuration, byte: number): Configuration {
    const next = new Set<Thread>();
    let isEnd = false;
    for (const { matcher, state, rest } of threads) {
      const after = matcher.next(state, byte);
      if (after === undefined) continue;
      if (matcher.continues(after)) next.add(this.thread(matcher, after, rest));
      if (!matcher.accepts(after)) continue;
      const entry = this.enter(rest);
      isEnd ||= entry.isEnd;
      for (const thread of entry.threads) next.add(thread);
    }
    return this.configuration([...next], isEnd);
  }

  private configuration(threads: readonly Thread[], isEnd: boolean): Configuration {
    if (threads.reduce((cost, { matcher }) => cost + matcher.cost, 0) > MAX_COST) throw grammarTooAmbiguous();
    const ids = threads.map(({ id }) => id).sort((a, b) => a - b);
    const key = `${isEnd ? '.' : ''}${ids.join()}`;
    let known = this.configurations.get(key);
    if (!known) this.configurations.set(key, (known = new Configuration(this, threads, isEnd)));
    return known;
  }

  private enter(continuation: Continuation): Entry {
    if (continuation.entry) return continuation.entry;
    const threads = new Set<Thread>();
    const seen = new Set<Continuation>();
    let isEnd = false;
    // A choice may lead back to itself without a byte between: then it adds nothing.
    const open = [continuation];
    for (let next = open.pop(); next; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const { node, rest } = next;
      if (!node || !rest) isEnd = true;
      else if (node instanceof MatchNode) threads.add(this.thread(node.matcher, node.matcher.start, rest));
      else {
        for (const nodes of node.alternatives) {
          open.push(nodes.reduceRight((following, first) => following.after(first), rest));
        }
      }
    }
    return (continuation.entry = { threads: [...threads], isEnd });
  }

  private thread(matcher: ByteMatcher, state: unknown, rest: Continuation): Thread {
    let byMatcher = this.threadIds.get(rest);
    if (!byMatcher) this.threadIds.set(rest, (byMatcher = new Map()));
    let byState = byMatcher.get(matcher);
    if (!byState) byMatcher.set(matcher, (byState = new Map()));
    let thread = byState.get(state);
    if (!thread) byState.set(state, (thread = { id: this.threadCount++, matcher, state, rest }));
    return thread;
  }
}
