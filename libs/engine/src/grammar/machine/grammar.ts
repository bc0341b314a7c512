import { Configuration, type Thread } from './configuration.js';
import { type Continuation, Continuations, type Way } from '../nodes/continuation.js';
import { ChoiceNode, type GrammarNode, type TokenNode } from '../nodes/grammar-node.js';
import { type Entry, GrammarMemory } from './grammar-memory.js';
import { tokenSources, type TokenWay } from './token-source.js';

/** Bytes of what is known of a grammar at most, about. */
const MAX_BYTES = 4 * 2 ** 20;

const DEAD = new Configuration(-1, [], false);

/**
 * A language of texts, as bytes, and a machine that follows a text through it. All ways to understand a text are cut into the
 * same tokens of JSON, so they are followed together: threads of (tokens of one kind, state), and a continuation that holds what
 * must follow all of them. Texts may be nested to any depth, which takes memory for as long as a configuration in it is kept.
 */
export class Grammar {
  readonly start: Configuration;
  private known = new GrammarMemory();
  private readonly continuations = new Continuations(
    () => this.known.continuations,
    (ways) => this.known.addObject(0, ways * 4),
  );
  private configurationCount = 0;
  private sourceCount = 0;

  /**
   * @param nodeBytes bytes of its nodes, about
   * @param maxBytes what is known of them is forgotten where it takes more
   */
  constructor(
    root: GrammarNode,
    private readonly nodeBytes: number,
    private readonly maxBytes = MAX_BYTES,
  ) {
    this.start = this.configurationAt(this.continuations.after([root], this.continuations.end));
  }

  /** Bytes of its nodes and of all that is known of them, about. */
  get bytes(): number {
    return this.nodeBytes + this.known.bytes;
  }

  /** Results found so far; another memory after each step that found it full. */
  get memory(): GrammarMemory {
    return this.known;
  }

  /** The ways that are left after another byte; a dead configuration where it cannot follow. */
  next(configuration: Configuration, byte: number): Configuration {
    const key = configuration.id * 256 + byte;
    let next = this.known.successors.get(key);
    if (next) return next;
    if (this.known.bytes > this.maxBytes) this.known = new GrammarMemory();
    next = this.step(configuration, byte);
    // That a byte cannot follow is found as fast as it is looked up.
    if (next !== DEAD) this.known.addSuccessor(key, next);
    return next;
  }

  /** Continuations of a thread behind a token that ends in a state. */
  following({ source }: Thread, state: unknown): Configuration {
    return this.configurationAt(source.following(state, this.continuations));
  }

  /** Tokens that may come where a continuation begins, beside those inside of a token. */
  private configurationAt(continuation: Continuation, inside: readonly Thread[] = []): Configuration {
    const { sources, isEnd } = this.enter(continuation);
    return this.configuration(
      [...inside, ...sources.map((source) => ({ source, state: source.matcher.start }))],
      isEnd,
    );
  }

  private step({ threads }: Configuration, byte: number): Configuration {
    const inside: Thread[] = [];
    const behind: Continuation[] = [];
    for (const { source, state } of threads) {
      const { matcher } = source;
      const after = matcher.next(state, byte);
      if (after === undefined) continue;
      if (matcher.continues(after)) inside.push({ source, state: after });
      if (matcher.accepts(after)) behind.push(source.following(after, this.continuations));
    }
    if (inside.length === 0 && behind.length === 0) return DEAD;
    return this.configurationAt(this.continuations.union(behind), inside);
  }

  private configuration(threads: readonly Thread[], isEnd: boolean): Configuration {
    const key = `${isEnd ? '.' : ''}${threads.map(({ source, state }) => `${source.id}:${state as string | number}`).join()}`;
    let known = this.known.configurations.get(key);
    if (!known) {
      known = new Configuration(this.configurationCount++, threads, isEnd);
      this.known.configurations.set(key, known);
      this.known.addObject(threads.length);
    }
    return known;
  }

  private enter(continuation: Continuation): Entry {
    const known = this.known.entries.get(continuation);
    if (known) return known;
    const tokens = this.firstTokens(continuation.ways);
    const sources = tokenSources(tokens, () => this.sourceCount++);
    const entry = { sources, isEnd: continuation.isEnd };
    this.known.entries.set(continuation, entry);
    this.known.addObject(
      sources.length,
      sources.reduce((sum, { size }) => sum + size, 0),
    );
    return entry;
  }

  /** Choices in the ways are taken in all possible ways, until each begins with a token. */
  private firstTokens(ways: readonly Way[]): TokenWay[] {
    const tokens = new Map<TokenNode, Set<Continuation>>();
    // A choice may lead back to itself without a token between: then it adds nothing.
    const seen = new Map<ChoiceNode, Set<Continuation>>();
    const open = [...ways];
    for (let way = open.pop(); way; way = open.pop()) {
      const { node, rest } = way;
      if (!(node instanceof ChoiceNode)) {
        addTo(tokens, node, rest);
        continue;
      }
      if (!addTo(seen, node, rest)) continue;
      for (const [first, ...others] of node.alternatives) {
        open.push({ node: first, rest: this.continuations.after(others, rest) });
      }
    }
    return [...tokens].map(([node, rests]) => ({ node, rest: this.continuations.union(rests) }));
  }
}

function addTo<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): boolean {
  const set = sets.get(key);
  if (set?.has(value)) return false;
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
  return true;
}
