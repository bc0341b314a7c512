import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkTokensAt, MIN_CHUNK_TOKENS, nextChunkTokens } from './prefill-chunks.js';

describe(nextChunkTokens, () => {
  it('covers the prompt in pieces of at most the chunk size, none of which has a row that is computed alone', () => {
    const chunk = fc.integer({ min: MIN_CHUNK_TOKENS, max: 600 });
    const crossover = fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 500 }));
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1500 }),
        chunk,
        crossover,
        fc.boolean(),
        (prompt, chunkTokens, attentionCrossoverTokens, isIdle) => {
          const options = { chunkTokens, idleChunkTokens: 4 * chunkTokens, attentionCrossoverTokens };
          let prefilled = 0;
          while (prefilled < prompt) {
            const tokens = nextChunkTokens(prompt, prefilled, options, isIdle);
            expect(tokens).toBeGreaterThanOrEqual(2);
            expect(tokens % 128).not.toBe(1);
            expect(tokens).toBeLessThanOrEqual(chunkTokensAt(prefilled, options, isIdle));
            prefilled += tokens;
          }
          expect(prefilled).toBe(prompt);
        },
      ),
    );
  });

  it('takes a prompt of one token as it is', () => {
    expect(nextChunkTokens(1, 0, { chunkTokens: 8, idleChunkTokens: 32, attentionCrossoverTokens: 100 }, true)).toBe(1);
  });
});

describe(chunkTokensAt, () => {
  it('is half a chunk where attention makes a token cost twice as much', () => {
    const options = { chunkTokens: 48, idleChunkTokens: 192, attentionCrossoverTokens: 1000 };
    expect([0, 1000, 3000, 1e9].map((past) => chunkTokensAt(past, options))).toEqual([48, 24, 12, MIN_CHUNK_TOKENS]);
  });
});
