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
        fc.constantFrom(0, 64),
        (prompt, chunkTokens, attentionCrossoverTokens, isIdle, shortPromptTokens) => {
          const idleChunkTokens = 4 * chunkTokens;
          const options = { chunkTokens, idleChunkTokens, attentionCrossoverTokens, shortPromptTokens };
          let prefilled = 0;
          while (prefilled < prompt) {
            const tokens = nextChunkTokens(prompt, prefilled, options, isIdle);
            expect(tokens).toBeGreaterThanOrEqual(2);
            expect(tokens % 128).not.toBe(1);
            const most = chunkTokensAt(prefilled, options, isIdle);
            expect(tokens).toBeLessThanOrEqual(Math.max(most, shortPromptTokens + 2 - prefilled));
            prefilled += tokens;
            if (prompt > shortPromptTokens) expect(prefilled).toBeGreaterThan(shortPromptTokens);
          }
          expect(prefilled).toBe(prompt);
        },
      ),
    );
  });

  it('takes a prompt of one token as it is', () => {
    const options = { chunkTokens: 8, idleChunkTokens: 32, attentionCrossoverTokens: 100, shortPromptTokens: 64 };
    expect(nextChunkTokens(1, 0, options, true)).toBe(1);
  });
});

describe(chunkTokensAt, () => {
  it('is half a chunk where attention makes a token cost twice as much', () => {
    const options = { chunkTokens: 48, idleChunkTokens: 192, attentionCrossoverTokens: 1000 };
    expect([0, 1000, 3000, 1e9].map((past) => chunkTokensAt(past, options))).toEqual([48, 24, 12, MIN_CHUNK_TOKENS]);
    expect([0, 500, 3000, 2 ** 14].map((past) => chunkTokensAt(past, options, true))).toEqual([192, 128, 96, 64]);
  });

  it('is the same while nobody decodes where such pieces are no longer', () => {
    const options = { chunkTokens: 48, idleChunkTokens: 48, attentionCrossoverTokens: 1000 };
    for (const past of [0, 1000, 1e9]) expect(chunkTokensAt(past, options, true)).toBe(chunkTokensAt(past, options));
  });
});
