import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EncoderInput, type LoadedEncoder, loadEncoder } from '@frontier/engine';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GoldenEncoder, writeGoldenEncoder } from '../support/golden-encoders.ts';
import { wideDecoder, wideEncoder } from '../support/wide-encoders.ts';

const MODELS: Readonly<Record<string, () => GoldenEncoder>> = {
  BERT: () => wideEncoder('BERT: mean and Normalize, token types'),
  MPNet: () => wideEncoder('MPNet: mean and Normalize'),
  ModernBERT: () => wideEncoder('ModernBERT: version 4, cls and Normalize'),
  'Qwen3, heads of 128': () => wideDecoder('Qwen3: last token and Normalize', 128),
  'Mistral, heads of 64, a window': () => wideDecoder('Mistral: a window, last token', 64),
};

/** Threads share the columns of a product, and a thread with few of them could add up in other parts. */
const CASES = Object.keys(MODELS).flatMap((name) => [
  [name, 'fp32', 2] as const,
  ...(name.startsWith('Mistral') ? [] : [[name, 'fp32', 16] as const]),
  [name, 'int8', 2] as const,
]);

/** Queries of attention come in tiles of 64 or 128 rows, and a tile of one row is computed otherwise than others. */
const AROUND_TILES = [1, 2, 63, 64, 65, 66, 127, 128, 129, 130, 193, 257];

/** A text of tokens without a pattern. */
function textOf(length: number, seed: number): EncoderInput {
  const tokens = Int32Array.from({ length }, (_, i) => (Math.imul(i + 1, 48_271) + Math.imul(seed + 1, 69_621)) % 320);
  const inside = tokens.map((token) => Math.abs(token) % 320);
  return { tokens: inside, typeIds: Uint8Array.from(inside, (_, i) => Number(i > length / 2)) };
}

describe.each(CASES)('%s in %s with %i threads', (name, precision, threads) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-invariance-'));
  let model: LoadedEncoder;
  const alone = new Map<string, Float32Array>();
  beforeAll(async () => {
    writeGoldenEncoder(folder, MODELS[name]());
    model = await loadEncoder({ path: folder, maxBatchSize: 16, precision, threads });
  });
  afterAll(async () => {
    await model.runner.release();
    rmSync(folder, { recursive: true, force: true });
  });

  const encode = async (texts: readonly EncoderInput[]): Promise<Float32Array[]> => {
    const vectors = await model.runner.encode(texts);
    return vectors.map((tokens) => Float32Array.from(tokens.values));
  };

  /** Compares the vectors of a batch with those of each text alone. */
  const compare = async (batch: readonly { length: number; seed: number }[]): Promise<void> => {
    const together = await encode(batch.map(({ length, seed }) => textOf(length, seed)));
    for (const [i, { length, seed }] of batch.entries()) {
      const key = `${length} ${seed}`;
      if (!alone.has(key)) alone.set(key, (await encode([textOf(length, seed)]))[0]);
      expect(Buffer.compare(bytes(together[i]), bytes(alone.get(key)!)), `a text of ${length} tokens`).toBe(0);
    }
  };

  it('gives a text the same bits alone and beside any neighbours, in any order, at any padding', async () => {
    const text = fc.record({
      length: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 280 })),
      seed: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 10 }), compare), {
      numRuns: 30,
      interruptAfterTimeLimit: 5000,
      markInterruptAsFailure: false,
    });
  });

  it('gives texts as long as a tile of attention, and a token more, the same bits', async () => {
    const texts = AROUND_TILES.map((length) => ({ length, seed: 1 }));
    await compare(texts);
    for (const pair of AROUND_TILES.map((length) => [{ length, seed: 1 }, texts.at(-1)!])) await compare(pair);
  });
});

function bytes(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
