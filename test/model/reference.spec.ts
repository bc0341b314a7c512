import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel, type ForwardOutput } from '@frontier/engine';
import { afterEach, describe, expect, it } from 'vitest';
import { decode } from '../support/decode.ts';
import { type RandomModelOptions, type RandomModelShape, writeRandomModel } from '../support/random-model.ts';
import { readSafetensors } from '../support/read-safetensors.ts';
import { type ReferenceConfig, type ReferenceWeights, referenceLogits } from '../support/reference-llama.ts';

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

const readWeights = (path: string): Map<string, Float32Array> =>
  new Map([...readSafetensors(path)].map(([name, { data }]) => [name, data]));

describe('the graph agrees with a plain-loop reference on random weights', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-reference-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const scaling = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64 };
  const cases: [string, Partial<ReferenceConfig>, RandomModelOptions?][] = [
    ['grouped-query heads, tied, BF16', {}, { format: 'BF16' }],
    ['grouped-query heads, tied, F16', {}, { format: 'F16' }],
    ['untied, F32', { tie_word_embeddings: false }, { format: 'F32' }],
    ['spread over three files', { tie_word_embeddings: false }, { shards: 3 }],
    ['one key/value head', { num_key_value_heads: 1 }],
    ['as many key/value heads as heads', { num_key_value_heads: 6 }],
    ['a head_dim that is not hidden_size / heads', { head_dim: 16 }],
    ['a wide head', { num_attention_heads: 2, num_key_value_heads: 1, head_dim: 128 }],
    ['Llama with biases everywhere', { attention_bias: true, mlp_bias: true }],
    ['Llama 2: linear rope scaling', { rope_scaling: { rope_type: 'linear', factor: 4 } }],
    ['Llama 3: llama3 rope scaling', { rope_theta: 500, rope_scaling: { rope_type: 'llama3', factor: 8, ...scaling } }],
    [
      'both names of the rope, of which the older wins',
      {
        rope_theta: 500,
        rope_scaling: { rope_type: 'linear', factor: 4 },
        rope_parameters: { rope_type: 'default', rope_theta: 500 },
      },
    ],
    ['Mistral without a window', { architectures: ['MistralForCausalLM'], sliding_window: undefined }],
    [
      'Mistral with a window',
      { architectures: ['MistralForCausalLM'], sliding_window: 4, layer_types: Array(3).fill('sliding_attention') },
    ],
    [
      'Mistral with a window in some layers',
      {
        architectures: ['MistralForCausalLM'],
        sliding_window: 3,
        layer_types: ['full_attention', 'sliding_attention', 'full_attention'],
      },
    ],
    ['Qwen2: biases of queries, keys and values', { architectures: ['Qwen2ForCausalLM'] }],
    ['Qwen3: normalised heads', { architectures: ['Qwen3ForCausalLM'], head_dim: 16 }],
  ];
  it.each(cases)('%s', async (_, changes, options = {}) => {
    const config: ReferenceConfig = { ...SHAPE, ...changes };
    writeRandomModel(folder, config, options);
    const shards = options.shards ?? 1;
    const files =
      shards === 1
        ? ['model.safetensors']
        : Array.from({ length: shards }, (__, i) => `model-${i + 1}-of-${shards}.safetensors`);
    const weights: ReferenceWeights = new Map(files.flatMap((file) => [...readWeights(join(folder, file))]));
    const { runner } = await loadModel({ path: folder, maxBatchSize: 2 });
    const tokens = [1, 17, 300, 42, 42, 5, 99, 250, 3, 8, 120];
    const prompt = 9;
    await runner.prefill(0, Int32Array.from(tokens.slice(0, 6)), prompt);
    let next: ForwardOutput = await runner.prefill(0, Int32Array.from(tokens.slice(6, prompt)), prompt);
    for (let length = prompt; length <= tokens.length; length++) {
      const expected = referenceLogits(config, weights, tokens.slice(0, length));
      const difference = Math.max(...expected.map((value, i) => Math.abs(value - next.logits![i])));
      expect(difference).toBeLessThan(1e-4);
      if (length < tokens.length) [next] = await decode(runner, [0], [tokens[length]]);
    }
    await runner.release();
  });

  it('takes a head that is stored although the configuration says that there is none', async () => {
    const config = { ...SHAPE, tie_word_embeddings: false };
    writeRandomModel(folder, config);
    const weights = readWeights(join(folder, 'model.safetensors'));
    const path = join(folder, 'config.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), tie_word_embeddings: true }));
    const { runner, warnings } = await loadModel({ path: folder, maxBatchSize: 1 });
    const tokens = [1, 17, 300];
    const { logits } = await runner.prefill(0, Int32Array.from(tokens), tokens.length);
    const expected = referenceLogits(config, weights, tokens);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - logits[i])))).toBeLessThan(1e-4);
    expect(warnings).toEqual([expect.stringContaining('lm_head.weight is not model.embed_tokens.weight')]);
    await runner.release();
  });

  it.each([
    ['int8', 0.999],
    ['int4', 0.9],
  ] as const)('in %s, at widths that fill no block, with a correlation of at least %f', async (precision, limit) => {
    writeRandomModel(folder, SHAPE);
    const weights = readWeights(join(folder, 'model.safetensors'));
    const { runner } = await loadModel({ path: folder, maxBatchSize: 1, precision });
    const tokens = [1, 17, 300, 42];
    const { logits: floats } = await runner.prefill(0, Int32Array.from(tokens), tokens.length);
    const logits = [...floats];
    const expected = referenceLogits(SHAPE, weights, tokens);
    const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const correlation = dot(logits, expected) / Math.sqrt(dot(logits, logits) * dot(expected, expected));
    expect(correlation).toBeGreaterThan(limit);
    expect(correlation).toBeLessThan(1 - 1e-9);
    await runner.release();
  });
});
