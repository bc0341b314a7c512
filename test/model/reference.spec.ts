import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel } from '@frontier/engine';
import { afterEach, describe, expect, it } from 'vitest';
import { type RandomModelOptions, type RandomModelShape, writeRandomModel } from '../support/random-model.ts';
import { type ReferenceWeights, referenceLogits } from '../support/reference-llama.ts';

const SHAPE: RandomModelShape = {
  hidden_size: 48,
  num_hidden_layers: 3,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  head_dim: 8,
  intermediate_size: 80,
  vocab_size: 320,
  max_position_embeddings: 256,
};

/** Reads one safetensors file, independently of the engine. */
function readWeights(path: string): Map<string, Float32Array> {
  const file = readFileSync(path);
  const view = new DataView(file.buffer, file.byteOffset);
  const headerBytes = Number(view.getBigUint64(0, true));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  const weights = new Map<string, Float32Array>();
  for (const [name, { dtype, data_offsets }] of Object.entries(header)) {
    const [begin, end] = data_offsets.map((offset) => 8 + headerBytes + offset);
    const size = dtype === 'F32' ? 4 : 2;
    const bits = new DataView(new ArrayBuffer(4));
    weights.set(
      name,
      Float32Array.from({ length: (end - begin) / size }, (_, i) => {
        const at = begin + i * size;
        if (dtype === 'F32') return view.getFloat32(at, true);
        if (dtype === 'F16') return view.getFloat16(at, true);
        bits.setUint32(0, view.getUint16(at, true) << 16);
        return bits.getFloat32(0);
      }),
    );
  }
  return weights;
}

describe('the graph agrees with a plain-loop reference on random weights', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-reference-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const cases: [string, Partial<RandomModelShape>, RandomModelOptions][] = [
    ['grouped-query heads, tied, BF16', {}, { format: 'BF16' }],
    ['grouped-query heads, tied, F16', {}, { format: 'F16' }],
    ['untied, F32', {}, { format: 'F32', tied: false }],
    ['spread over three files', {}, { shards: 3, tied: false }],
    ['one key/value head', { num_key_value_heads: 1 }, {}],
    ['as many key/value heads as heads', { num_key_value_heads: 6 }, {}],
    ['a head_dim that is not hidden_size / heads', { head_dim: 16 }, {}],
    ['a wide head', { num_attention_heads: 2, num_key_value_heads: 1, head_dim: 128 }, {}],
  ];
  it.each(cases)('%s', async (_, shape, options) => {
    writeRandomModel(folder, { ...SHAPE, ...shape }, options);
    const shards = options.shards ?? 1;
    const files =
      shards === 1
        ? ['model.safetensors']
        : Array.from({ length: shards }, (__, i) => `model-${i + 1}-of-${shards}.safetensors`);
    const weights: ReferenceWeights = new Map(files.flatMap((file) => [...readWeights(join(folder, file))]));
    const { config, runner } = await loadModel({ path: folder, maxBatchSize: 2 });
    const tokens = [1, 17, 300, 42, 42, 5, 99, 250, 3, 8, 120];
    const prompt = 9;
    let logits = await runner.prefill(0, Int32Array.from(tokens.slice(0, prompt)));
    for (let length = prompt; length <= tokens.length; length++) {
      const expected = referenceLogits(config, weights, tokens.slice(0, length));
      const difference = Math.max(...expected.map((value, i) => Math.abs(value - logits[i])));
      expect(difference).toBeLessThan(1e-4);
      if (length < tokens.length) logits = await runner.decode(Int32Array.of(tokens[length]));
    }
    await runner.release();
  });

  it('in int8 to the step of its blocks, the last of which a row does not fill', async () => {
    writeRandomModel(folder, SHAPE);
    const weights = readWeights(join(folder, 'model.safetensors'));
    const { config, runner } = await loadModel({ path: folder, maxBatchSize: 1, precision: 'int8' });
    const tokens = [1, 17, 300, 42];
    const logits = await runner.prefill(0, Int32Array.from(tokens));
    const expected = referenceLogits(config, weights, tokens);
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - logits[i])));
    expect(difference).toBeGreaterThan(1e-4);
    expect(difference).toBeLessThan(0.1);
    await runner.release();
  });
});
