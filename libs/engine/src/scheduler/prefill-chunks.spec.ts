import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChunkOptions, chunksOf, MIN_CHUNK_TOKENS, nextPieceTokens, pieceTokensAt } from './prefill-chunks.js';

const KINDS = ['idle', 'busy', 'whole'] as const;

describe(nextPieceTokens, () => {
  it('covers the prompt in pieces that are not too long, none of which has a row that is computed alone', () => {
    const chunk = fc.integer({ min: MIN_CHUNK_TOKENS, max: 600 });
    const crossover = fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 500 }));
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1500 }),
        chunk,
        crossover,
        fc.constantFrom(...KINDS),
        fc.constantFrom(0, 64),
        fc.constantFrom(1, 2, 30),
        (prompt, chunkTokens, attentionCrossoverTokens, kind, shortPromptTokens, stages) => {
          const idleChunkTokens = 4 * chunkTokens;
          const options = { chunkTokens, idleChunkTokens, attentionCrossoverTokens, shortPromptTokens, stages };
          let prefilled = 0;
          while (prefilled < prompt) {
            const tokens = nextPieceTokens(prompt, prefilled, options, kind);
            expect(tokens).toBeGreaterThanOrEqual(2);
            expect(tokens % 128).not.toBe(1);
            const most = pieceTokensAt(prefilled, options, kind);
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
    const options = { ...OPTIONS, chunkTokens: 8, idleChunkTokens: 32, shortPromptTokens: 64 };
    expect(nextPieceTokens(1, 0, options, 'idle')).toBe(1);
  });
});

const OPTIONS: ChunkOptions = {
  chunkTokens: 48,
  idleChunkTokens: 192,
  attentionCrossoverTokens: 1000,
  shortPromptTokens: 0,
  stages: 1,
};

describe(pieceTokensAt, () => {
  it('is half as much where attention makes a token cost twice as much', () => {
    const at = (past: number): number => pieceTokensAt(past, OPTIONS, 'whole');
    expect([0, 1000, 3000, 1e9].map(at)).toEqual([48, 24, 12, MIN_CHUNK_TOKENS]);
  });

  it('stays half as much at least while nobody decodes, within a bound of memory', () => {
    const at = (past: number): number => pieceTokensAt(past, OPTIONS, 'idle');
    expect([0, 500, 3000, 2 ** 14].map(at)).toEqual([192, 128, 96, 64]);
  });

  it('is the same while nobody decodes where such pieces are no longer', () => {
    const options = { ...OPTIONS, idleChunkTokens: 48 };
    for (const past of [0, 1000, 1e9]) {
      expect(pieceTokensAt(past, options, 'idle')).toBe(pieceTokensAt(past, options, 'whole'));
    }
  });

  it('is about four chunks beside sequences that decode, of which some stages are one chunk', () => {
    const at = (stages: number, past: number): number => pieceTokensAt(past, { ...OPTIONS, stages }, 'busy');
    expect([0, 1000].map((past) => at(1, past))).toEqual([48, 24]);
    expect([0, 1000].map((past) => at(2, past))).toEqual([96, 48]);
    expect([0, 300, 1000, 5000, 1e9].map((past) => at(8, past))).toEqual([192, 147, 192, 64, MIN_CHUNK_TOKENS]);
    for (let past = 0; past < 20_000; past += 37) {
      const options = { ...OPTIONS, stages: 8 };
      const stagesOfChunk = options.stages / chunksOf(pieceTokensAt(past, options, 'busy'), past, options);
      expect(stagesOfChunk - Math.floor(stagesOfChunk + 1e-9)).toBeLessThan(0.15);
    }
  });
});

describe(chunksOf, () => {
  it('is the time of a piece in chunks at the beginning of a prompt', () => {
    expect(chunksOf(48, 0, OPTIONS)).toBe(1);
    expect(chunksOf(12, 3000, OPTIONS)).toBe(1);
    expect(chunksOf(192, 1000, OPTIONS)).toBe(8);
  });
});
