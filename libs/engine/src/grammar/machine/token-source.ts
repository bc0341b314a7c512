import type { ByteMatcher } from '../matchers/byte-matcher.js';
import type { Continuation, Continuations } from '../nodes/continuation.js';
import {
  type LiteralNode,
  LiteralNode as Literal,
  NumberNode,
  PatternNode,
  StringNode,
  type TokenNode,
} from '../nodes/grammar-node.js';
import { hasLength } from '../texts/length-range.js';
import { LiteralMatcher } from '../matchers/literal-matcher.js';
import { holds, NumberMatcher, writtenNumber } from '../matchers/number-matcher.js';
import { PatternMatcher } from '../matchers/pattern-matcher.js';
import { unionOf } from '../nodes/number-set.js';
import { placeOf, StringMatcher } from '../matchers/string-matcher.js';

/** Ways to go on that begin with tokens of one kind, all of which one matcher recognises. */
export interface TokenSource<State = unknown> {
  /** Its own among those of a grammar. */
  readonly id: number;
  /** The depth of the ways. */
  readonly depth: number;
  readonly matcher: ByteMatcher<State>;
  /** Its size, in units of about 16 bytes. */
  readonly size: number;
  /** Continuations behind a token that ends in a state. */
  following(state: State, continuations: Continuations): Continuation;
}

/** A token, and what must follow what comes behind it. */
export interface TokenWay<Node extends TokenNode = TokenNode> {
  node: Node;
  rest: Continuation;
}

/**
 * The ways by the kind of their tokens: so a text is never followed by more than one matcher of each kind, but for patterns.
 * @param nextId gives each a number of its own
 */
export function tokenSources(ways: readonly TokenWay[], nextId: () => number): TokenSource[] {
  const strings = ways.filter((way): way is TokenWay<StringNode> => way.node instanceof StringNode);
  const patterns = ways.filter((way): way is TokenWay<PatternNode> => way.node instanceof PatternNode);
  const numbers = ways.filter((way): way is TokenWay<NumberNode> => way.node instanceof NumberNode);
  const literals = ways.filter((way): way is TokenWay<LiteralNode> => way.node instanceof Literal);
  return [
    ...(strings.length > 0 ? [new StringSource(nextId(), strings)] : []),
    ...patterns.map((way) => new PatternSource(nextId(), way)),
    ...(numbers.length > 0 ? [new NumberSource(nextId(), numbers)] : []),
    ...(literals.length === 1 ? [new OneLiteralSource(nextId(), literals[0])] : []),
    ...(literals.length > 1 ? [new LiteralSource(nextId(), literals)] : []),
  ] as TokenSource[];
}

abstract class WaysSource {
  readonly depth: number;

  constructor(
    readonly id: number,
    ways: readonly TokenWay[],
  ) {
    this.depth = ways.reduce((deepest, { rest }) => Math.max(deepest, rest.depth), 0);
  }
}

/** Strings of any lengths are counted together; the length tells which of them it was. */
class StringSource extends WaysSource implements TokenSource<number> {
  readonly matcher: StringMatcher;
  readonly size: number;

  constructor(
    id: number,
    private readonly ways: readonly TokenWay<StringNode>[],
  ) {
    super(id, ways);
    const ranges = ways.flatMap(({ node }) => node.ranges);
    this.matcher = new StringMatcher(ranges);
    this.size = ranges.length + 2 * ways.length;
  }

  following(state: number, continuations: Continuations): Continuation {
    const { count } = placeOf(state);
    return continuations.union(this.ways.filter(({ node }) => hasLength(node.ranges, count)).map(({ rest }) => rest));
  }
}

/** Strings of one pattern: their automata are followed each by itself, since one of all would be as large as their product. */
class PatternSource extends WaysSource implements TokenSource<number> {
  readonly matcher: PatternMatcher;
  readonly size = 4;

  constructor(
    id: number,
    private readonly way: TokenWay<PatternNode>,
  ) {
    super(id, [way]);
    this.matcher = new PatternMatcher(way.node.texts);
  }

  following(): Continuation {
    return this.way.rest;
  }
}

class NumberSource extends WaysSource implements TokenSource<string> {
  readonly matcher: NumberMatcher;
  readonly size: number;

  constructor(
    id: number,
    private readonly ways: readonly TokenWay<NumberNode>[],
  ) {
    super(id, ways);
    const set = unionOf(ways.map(({ node }) => node.set));
    this.matcher = new NumberMatcher(set);
    const ranges = [set.integers, set.decimals].flatMap(({ positive, negative }) => [...positive, ...negative]);
    this.size = (ways.length > 1 ? 2 * ranges.length : 0) + 4 * ways.length;
  }

  following(text: string, continuations: Continuations): Continuation {
    const number = writtenNumber(text)!;
    return continuations.union(this.ways.filter(({ node }) => holds(node.set, number)).map(({ rest }) => rest));
  }
}

/** Literals of one node, whose texts need no copy. */
class OneLiteralSource extends WaysSource implements TokenSource<number> {
  readonly matcher: LiteralMatcher;
  readonly size = 4;

  constructor(
    id: number,
    private readonly way: TokenWay<LiteralNode>,
  ) {
    super(id, [way]);
    const { node } = way;
    this.matcher = new LiteralMatcher(node.texts.sorted, (index) => node.has(index));
  }

  following(state: number, continuations: Continuations): Continuation {
    const { node, rest } = this.way;
    return continuations.after(node.behind(this.matcher.textAt(state)!), rest);
  }
}

/** Literals of several nodes, some of which may have the same text. */
class LiteralSource extends WaysSource implements TokenSource<number> {
  readonly matcher: LiteralMatcher;
  readonly size: number;
  /** By the index of a text: whose it is, and its place there. */
  private readonly owners: { way: TokenWay<LiteralNode>; index: number }[][] = [];

  constructor(id: number, ways: readonly TokenWay<LiteralNode>[]) {
    super(id, ways);
    const entries: { text: string; way: TokenWay<LiteralNode>; index: number }[] = [];
    for (const way of ways) {
      for (const [index, text] of way.node.texts.sorted.entries()) {
        if (way.node.has(index)) entries.push({ text, way, index });
      }
    }
    entries.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    const texts: string[] = [];
    for (const { text, way, index } of entries) {
      if (texts.at(-1) !== text) {
        texts.push(text);
        this.owners.push([]);
      }
      this.owners.at(-1)!.push({ way, index });
    }
    this.matcher = new LiteralMatcher(texts);
    this.size = 8 * entries.length + 4 * ways.length;
  }

  following(state: number, continuations: Continuations): Continuation {
    const owners = this.owners[this.matcher.textAt(state)!];
    return continuations.union(owners.map(({ way, index }) => continuations.after(way.node.behind(index), way.rest)));
  }
}
