import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PairRanks, TokenRanks } from './merge-ranks.js';
import { PieceMerger } from './piece-merger.js';

/** Joins the best pair of a text, the leftmost first, until there is none: the rule, without a heap. */
function mergeSlowly(text: string, rankOf: (left: string, right: string) => number | undefined): string[] {
  const pieces = Array.from(text);
  for (;;) {
    let best: { rank: number; at: number } | undefined;
    for (let at = 0; at + 1 < pieces.length; at++) {
      const rank = rankOf(pieces[at], pieces[at + 1]);
      if (rank !== undefined && (!best || rank < best.rank)) best = { rank, at };
    }
    if (!best) return pieces;
    pieces.splice(best.at, 2, pieces[best.at] + pieces[best.at + 1]);
  }
}

// Few letters, so that pairs overlap.
const given = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 40 });
const piece = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), minLength: 1, maxLength: 3 });

/** Tokens whose rank is their place. */
function mergerOf(tokens: string[]): PieceMerger {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return new PieceMerger(ids, new TokenRanks(ids, Int32Array.from(tokens.keys())));
}

describe(PieceMerger, () => {
  it('joins the pair whose token has the lowest rank first, and of several the leftmost', () => {
    const vocabulary = fc.uniqueArray(fc.tuple(piece, fc.integer({ min: -1, max: 6 })), { selector: ([text]) => text });
    fc.assert(
      fc.property(vocabulary, given, (entries, text) => {
        const ids = new Map(entries.map(([token], id) => [token, id]));
        const ranks = Int32Array.from(entries, ([, rank]) => rank);
        const made = new Map(entries.filter(([, rank]) => rank >= 0));
        expect(new PieceMerger(ids, new TokenRanks(ids, ranks)).merge(text)).toEqual(
          mergeSlowly(text, (left, right) => made.get(left + right)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('joins the pair that comes first in a list of merges', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, piece), { maxLength: 12 }), fc.boolean(), given, (merges, isText, text) => {
        const tokens = new Set(merges.flatMap(([left, right]) => [left, right, left + right]));
        const ids = new Map(Array.from(tokens, (token, id) => [token, id]));
        const written = merges.map(([left, right]): string | [string, string] =>
          isText ? `${left} ${right}` : [left, right],
        );
        // The last of several entries counts, as in a map.
        const ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
        expect(new PieceMerger(ids, new PairRanks(ids, written)).merge(text)).toEqual(
          mergeSlowly(text, (left, right) => ranks.get(`${left} ${right}`)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [['a b', 'b c'], 'merge 1 ("b c") makes no token'],
    [['a b', 'ab'], 'merge 1 ("ab ") makes no token'],
  ])('refuses merges that make no token: %s', (merges, message) => {
    const ids = new Map(['a', 'b', 'ab'].map((token, id) => [token, id]));
    expect(() => new PairRanks(ids, merges)).toThrow(message);
  });

  it('cuts no character in two, and leaves a lone surrogate alone', () => {
    const merger = mergerOf(['😀😀']);
    expect(merger.merge('😀😀x\ud83d')).toEqual(['😀😀', 'x', '\ud83d']);
    expect(merger.merge('')).toEqual([]);
  });

  it('takes runs of a million characters', () => {
    const tokens = Array.from({ length: 5 }, (_, i) => 'a'.repeat(2 ** i));
    const merger = mergerOf(tokens);
    expect(merger.merge('a'.repeat(1_000_000))).toHaveLength(1_000_000 / 16);
  });
});
