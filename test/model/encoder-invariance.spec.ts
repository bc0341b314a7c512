import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EncoderInput, type LoadedEncoder, loadEncoder } from '@frontier/engine';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenEncoders, writeGoldenEncoder } from '../support/golden-encoders.ts';

/** Wide enough that kernels split its products among threads and in blocks; 6 heads of 64, 2 layers. */
const WIDE = {
  hidden_size: 384,
  intermediate_size: 768,
  num_attention_heads: 6,
  num_hidden_layers: 2,
  max_position_embeddings: 300,
};

const NAMES = [
  'BERT: mean and Normalize, token types',
  'MPNet: mean and Normalize',
  'ModernBERT: version 4, cls and Normalize',
];
/** Threads share the columns of a product, and a thread with few of them could add up in other parts. */
const CASES = NAMES.flatMap((name) => [
  [name, 'fp32', 2] as const,
  [name, 'fp32', 16] as const,
  [name, 'int8', 2] as const,
]);

/** A golden encoder of another size. */
function widened(name: string): ReturnType<typeof goldenEncoders>[number] {
  const golden = goldenEncoders().find((found) => found.name === name)!;
  const { hidden_size, intermediate_size, max_position_embeddings } = golden.config as Record<string, number>;
  const sizes = new Map([
    [hidden_size, WIDE.hidden_size],
    [intermediate_size, WIDE.intermediate_size],
    // Queries, keys and values in one tensor, and both halves of a gated MLP.
    [3 * hidden_size, 3 * WIDE.hidden_size],
    [2 * intermediate_size, 2 * WIDE.intermediate_size],
    [max_position_embeddings, WIDE.max_position_embeddings],
  ]);
  const tensors = Object.fromEntries(
    Object.entries(golden.tensors)
      .filter(([tensor]) => !/layers?\.[23]\./.test(tensor))
      .map(([tensor, shape]) => [
        tensor,
        tensor.endsWith('relative_attention_bias.weight')
          ? [shape[0], WIDE.num_attention_heads]
          : shape.map((size) => sizes.get(size) ?? size),
      ]),
  );
  const modules = golden.modules?.map((module) =>
    module.module === 'Pooling' ? { ...module, config: { ...module.config, embedding_dimension: 384 } } : module,
  );
  return { ...golden, config: { ...golden.config, ...WIDE }, tensors, modules };
}

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
    writeGoldenEncoder(folder, widened(name));
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

  it('gives a text the same bits alone and beside any neighbours, in any order, at any padding', async () => {
    const text = fc.record({
      length: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 280 })),
      seed: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 10 }), async (batch) => {
        const together = await encode(batch.map(({ length, seed }) => textOf(length, seed)));
        for (const [i, { length, seed }] of batch.entries()) {
          const key = `${length} ${seed}`;
          if (!alone.has(key)) alone.set(key, (await encode([textOf(length, seed)]))[0]);
          expect(Buffer.compare(bytes(together[i]), bytes(alone.get(key)!)), `a text of ${length} tokens`).toBe(0);
        }
      }),
      { numRuns: 30 },
    );
  });
});

function bytes(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
