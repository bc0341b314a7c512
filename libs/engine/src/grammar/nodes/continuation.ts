import type { GrammarNode } from './grammar-node.js';

/** One way to go on: a node, and what must follow it. */
export interface Way {
  node: GrammarNode;
  rest: Continuation;
}

/**
 * All ways in which a text may go on, of which no two begin with the same node: what follows such a node is one continuation.
 * So there are never more of them than nodes that can come at once, however deep a text is nested.
 */
export class Continuation {
  /** Nodes that are one behind the other in it: one or two for each list or object that the text is in. */
  readonly depth: number;

  /**
   * @param id its own among those of a grammar
   * @param isEnd true if the text may also end here
   */
  constructor(
    readonly id: number,
    readonly ways: readonly Way[],
    readonly isEnd: boolean,
  ) {
    this.depth = ways.reduce((deepest, { rest }) => Math.max(deepest, rest.depth + 1), 0);
  }
}

/** Makes continuations, of which equal ones are the same object as long as they are known. */
export class Continuations {
  /** Nothing follows. */
  readonly end = new Continuation(0, [], true);
  private count = 1;

  /**
   * @param known those that were made, by what they are; may be emptied at any time
   * @param onMade takes how many ways a new one has
   */
  constructor(
    private readonly known: () => Map<string, Continuation>,
    private readonly onMade: (ways: number) => void,
  ) {}

  /** A continuation with nodes before it. */
  after(nodes: readonly GrammarNode[], rest: Continuation): Continuation {
    return nodes.reduceRight((following, node) => this.intern([{ node, rest: following }], false), rest);
  }

  /** All ways of some continuations. */
  union(continuations: Iterable<Continuation>): Continuation {
    const different = [...new Set(continuations)];
    if (different.length === 1) return different[0];
    const byNode = new Map<GrammarNode, Way[]>();
    let isEnd = false;
    for (const continuation of different) {
      isEnd ||= continuation.isEnd;
      for (const way of continuation.ways) {
        const same = byNode.get(way.node);
        if (same) same.push(way);
        else byNode.set(way.node, [way]);
      }
    }
    // Ways are shared: what is deep in a list of lists has the same ones in many continuations.
    const ways = [...byNode].map(([node, same]) =>
      same.length === 1 ? same[0] : { node, rest: this.union(same.map(({ rest }) => rest)) },
    );
    return this.intern(
      ways.sort((a, b) => a.node.id - b.node.id),
      isEnd,
    );
  }

  private intern(ways: readonly Way[], isEnd: boolean): Continuation {
    if (isEnd && ways.length === 0) return this.end;
    const key = `${isEnd ? '.' : ''}${ways.map(({ node, rest }) => `${node.id}>${rest.id}`).join()}`;
    const known = this.known();
    let continuation = known.get(key);
    if (!continuation) {
      known.set(key, (continuation = new Continuation(this.count++, ways, isEnd)));
      this.onMade(ways.length);
    }
    return continuation;
  }
}
