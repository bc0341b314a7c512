/** Ranks of the merges of a BPE: of several pairs that can be joined, the one with the lowest rank is. */
export interface MergeRanks {
  /** The rank of the merge that makes a token of two parts; negative where there is none. */
  rankOf(token: number, leftLength: number): number;
  /** Characters of the longest token that a merge makes. */
  readonly longest: number;
}

/** Ranks of tokens by their ids, however a token is made; a negative rank is that of a token which no merge makes. */
export class TokenRanks implements MergeRanks {
  readonly longest: number;

  constructor(
    ids: ReadonlyMap<string, number>,
    private readonly ranks: Int32Array,
  ) {
    let longest = 0;
    for (const [token, id] of ids) if (ranks[id] >= 0) longest = Math.max(longest, token.length);
    this.longest = longest;
  }

  rankOf(token: number): number {
    return this.ranks[token];
  }
}

/** A list of merges: two tokens, or both in one text with a space between. */
export type Merges = readonly (string | readonly [string, string])[];

const NONE = -1;

/**
 * Ranks of merges by their places in a list. They are kept as numbers, three for a merge: lists have up to 500,000 entries, whose texts
 * take 100 MB and more.
 */
export class PairRanks implements MergeRanks {
  readonly longest: number;
  /** The last merge in the list that makes a token, by id; and the one before it that makes the same. */
  private readonly last: Int32Array;
  private readonly before: Int32Array;
  private readonly leftLengths: Uint32Array;

  /** @throws Error naming a merge that makes no token */
  constructor(ids: ReadonlyMap<string, number>, merges: Merges) {
    let size = 0;
    for (const id of ids.values()) size = Math.max(size, id + 1);
    this.last = new Int32Array(size).fill(NONE);
    this.before = new Int32Array(merges.length);
    this.leftLengths = new Uint32Array(merges.length);
    let longest = 0;
    for (const [rank, merge] of merges.entries()) {
      const [left, right] = typeof merge === 'string' ? halves(merge) : merge;
      const made = left + right;
      const id = right === '' ? undefined : ids.get(made);
      if (id === undefined) {
        throw new Error(`merge ${rank} (${JSON.stringify(`${left} ${right}`.slice(0, 40))}) makes no token`);
      }
      this.before[rank] = this.last[id];
      this.last[id] = rank;
      this.leftLengths[rank] = left.length;
      longest = Math.max(longest, made.length);
    }
    this.longest = longest;
  }

  rankOf(token: number, leftLength: number): number {
    let rank = this.last[token];
    while (rank !== NONE && this.leftLengths[rank] !== leftLength) rank = this.before[rank];
    return rank;
  }
}

/** A token may begin with the space that parts the two. */
function halves(merge: string): [left: string, right: string] {
  const at = merge.indexOf(' ', 1);
  return at === -1 ? [merge, ''] : [merge.slice(0, at), merge.slice(at + 1)];
}
