import { ChoiceNode, type GrammarNode, LiteralNode } from './grammar-node.js';
import type { LengthRange } from '../texts/length-range.js';
import { LiteralTexts } from './literal-texts.js';

const COMMA = new LiteralTexts([',']);
const COMMA_OR_END = new LiteralTexts([',', '}']);
const OPEN = new LiteralTexts(['{']);
const COLON = new LiteralNode(new LiteralTexts([':']));
const CLOSE = new LiteralNode(new LiteralTexts(['}']));

/** A node that is made when it is first asked for, so that what holds it may be recursive. */
export interface LazyNode {
  readonly node: GrammarNode;
}

/** A property of an object; its name is JSON. */
export interface Member {
  key: string;
  isRequired: boolean;
  shape: LazyNode;
}

/** Further properties, of names that are none of the members'. */
export interface OtherMembers {
  names: LazyNode;
  shape: LazyNode;
}

/** The properties of an object in their order, of which those that are not required may be left out; behind them others. */
export function objectNode(
  properties: readonly Member[],
  others: readonly OtherMembers[],
  counts: LengthRange,
): GrammarNode {
  return new ObjectNodes(properties, others, counts).node();
}

/** Makes the nodes of an object: one for each place in it, which is the next property and, where it matters, the count so far. */
class ObjectNodes {
  private readonly count: number;
  private readonly keys: LiteralTexts;
  /** By property, the first required one from it on, or the number of all; and how many are required from it on. */
  private readonly firstRequired: number[];
  private readonly requiredFrom: number[];
  private readonly mostCounted: number;
  private readonly names = new Map<string, GrammarNode>();
  private readonly rests = new Map<string, GrammarNode>();

  constructor(
    private readonly properties: readonly Member[],
    private readonly others: readonly OtherMembers[],
    private readonly counts: LengthRange,
  ) {
    const count = (this.count = properties.length);
    this.keys = new LiteralTexts(properties.map(({ key }) => key));
    this.firstRequired = Array.from({ length: count + 1 }, () => count);
    this.requiredFrom = Array.from({ length: count + 1 }, () => 0);
    for (let i = count - 1; i >= 0; i--) {
      this.firstRequired[i] = properties[i].isRequired ? i : this.firstRequired[i + 1];
      this.requiredFrom[i] = this.requiredFrom[i + 1] + (properties[i].isRequired ? 1 : 0);
    }
    this.mostCounted = counts.max === Infinity ? counts.min : counts.max;
  }

  node(): GrammarNode {
    const beginning = new ChoiceNode(() => [...(this.mayEnd(0, 0) ? [[CLOSE]] : []), ...this.membersFrom(0, 0)]);
    return new LiteralNode(OPEN, () => [beginning]);
  }

  private mayEnd(from: number, count: number): boolean {
    return this.requiredFrom[from] === 0 && count >= this.counts.min;
  }

  /** Sequences of nodes that begin with the name of a member. */
  private membersFrom(from: number, count: number): (readonly GrammarNode[])[] {
    const named = this.namesFrom(from, count);
    return [
      ...(named ? [[this.nameNode(named, from, count)]] : []),
      ...(this.mayHaveOthers(from, count) ? this.otherMembers(count) : []),
    ];
  }

  /** One name may come twice, so that others are one more at least, and no more than they are. */
  private mayHaveOthers(from: number, count: number): boolean {
    const { min, max } = this.counts;
    return this.others.length > 0 && this.requiredFrom[from] === 0 && count < max && count + 1 >= min;
  }

  private otherMembers(count: number): (readonly GrammarNode[])[] {
    return this.others.map(({ names, shape }) => [names.node, COLON, shape.node, this.behind(this.count, count + 1)]);
  }

  /** The first of the properties that may come next, and the one behind the last. */
  private namesFrom(from: number, count: number): { first: number; behind: number } | undefined {
    const { min, max } = this.counts;
    const required = this.firstRequired[from];
    // Where only those that are required have room, the next of them is the only one.
    const first = count + 1 + this.requiredFrom[from] > max ? required : from;
    // Of those behind it so many must be left that there can be enough.
    const most = this.count + count + (this.others.length > 0 ? 1 : 0) - min + 1;
    const behind = Math.min(required + 1, this.count, most);
    return first < behind ? { first, behind } : undefined;
  }

  /** They share the texts of all names: a copy for each place would be a million for a thousand properties. */
  private nameNode({ first, behind }: { first: number; behind: number }, from: number, count: number): GrammarNode {
    const key = `${from}:${Math.min(count, this.mostCounted)}`;
    let known = this.names.get(key);
    if (!known) {
      const followers = (i: number): GrammarNode[] => [
        COLON,
        this.properties[i].shape.node,
        this.behind(i + 1, count + 1),
      ];
      this.names.set(key, (known = new LiteralNode(this.keys, followers, first, behind)));
    }
    return known;
  }

  private behind(from: number, count: number): GrammarNode {
    const counted = Math.min(count, this.mostCounted);
    const key = `${from}:${counted}`;
    let known = this.rests.get(key);
    if (!known) this.rests.set(key, (known = this.commaOrEnd(from, counted)));
    return known;
  }

  private commaOrEnd(from: number, count: number): GrammarNode {
    const hasOthers = this.mayHaveOthers(from, count);
    const named = this.namesFrom(from, count);
    if (!named && !hasOthers) return CLOSE;
    let members: readonly GrammarNode[] | undefined;
    const next = (): readonly GrammarNode[] =>
      (members ??=
        named && !hasOthers
          ? [this.nameNode(named, from, count)]
          : [new ChoiceNode(() => this.membersFrom(from, count))]);
    if (!this.mayEnd(from, count)) return new LiteralNode(COMMA, next);
    return new LiteralNode(COMMA_OR_END, (mark) => (mark === 0 ? next() : []));
  }
}
