import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PieceMerger } from './piece-merger.js';

/** Joins the best pair of a text, the leftmost first, until there is none: the rule, without a heap. */
function mergeSlowly(text: string, rankOf: (piece: string) => number | undefined): string[] {
  const pieces = Array.from(text);
  for (;;) {
    let best: { rank: number; at: number } | undefined;
    for (let at = 0; at + 1 < pieces.length; at++) {
      const rank = rankOf(pieces[at] + pieces[at + 1]);
      if (rank !== undefined && (!best || rank < best.rank)) best = { rank, at };
    }
    if (!best) return pieces;
    pieces.splice(best.at, 2, pieces[best.at] + pieces[best.at + 1]);
  }
}

const piece = fc.string({ unit: fc.constantFrom('a', 'b', '▁', '😀'), minLength: 1, maxLength: 4 });

describe(PieceMerger, () => {
  it('joins the pair of the lowest rank first, and of several the leftmost', () => {
    const vocabulary = fc.uniqueArray(fc.tuple(piece, fc.integer({ min: -1, max: 6 })), { selector: ([text]) => text });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '▁', '😀', 'z'), maxLength: 40 });
    fc.assert(
      fc.property(vocabulary, text, (entries, given) => {
        const ids = new Map(entries.map(([token], id) => [token, id]));
        const merger = new PieceMerger(
          ids,
          Int32Array.from(entries, ([, rank]) => rank),
        );
        const ranks = new Map(entries.filter(([, rank]) => rank >= 0));
        expect(merger.merge(given)).toEqual(mergeSlowly(given, (token) => ranks.get(token)));
      }),
      { numRuns: 500 },
    );
  });

  it('cuts no character in two, and leaves a lone surrogate alone', () => {
    const merger = new PieceMerger(new Map([['😀😀', 0]]), Int32Array.of(0));
    expect(merger.merge('😀😀x\ud83d')).toEqual(['😀😀', 'x', '\ud83d']);
    expect(merger.merge('')).toEqual([]);
  });

  it('takes runs of a million characters', () => {
    const tokens = Array.from({ length: 5 }, (_, i) => 'a'.repeat(2 ** i));
    const merger = new PieceMerger(new Map(tokens.map((token, id) => [token, id])), Int32Array.from(tokens.keys()));
    expect(merger.merge('a'.repeat(1_000_000))).toHaveLength(1_000_000 / 16);
  });
});
