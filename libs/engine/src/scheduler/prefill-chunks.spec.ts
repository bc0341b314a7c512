import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MIN_CHUNK_TOKENS, nextChunkTokens } from './prefill-chunks.js';

describe(nextChunkTokens, () => {
  it('covers the prompt in pieces of at most the chunk size, none of one token', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 500 }), fc.integer({ min: MIN_CHUNK_TOKENS, max: 64 }), (prompt, chunk) => {
        let prefilled = 0;
        while (prefilled < prompt) {
          const tokens = nextChunkTokens(prompt, prefilled, chunk);
          expect(tokens).toBeGreaterThanOrEqual(2);
          expect(tokens).toBeLessThanOrEqual(chunk);
          prefilled += tokens;
        }
        expect(prefilled).toBe(prompt);
      }),
    );
  });

  it('takes a prompt of one token as it is', () => {
    expect(nextChunkTokens(1, 0, 8)).toBe(1);
  });
});
