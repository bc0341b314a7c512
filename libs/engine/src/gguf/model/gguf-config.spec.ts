import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../model/model-config.js';
import { type GgufWriterTensor, type GgufWriterValue, writeGguf } from '../../testing/gguf-writer.js';
import { GgufModel } from '../file/gguf-model.js';
import { readGgufConfig } from './gguf-config.js';

const float = (value: number): GgufWriterValue => ({ type: 'float32', value });

/** The keys that every architecture has, those of a tiny model. */
const keysOf = (architecture: string, keys: Record<string, GgufWriterValue | undefined> = {}) => {
  const all = {
    context_length: 2048,
    embedding_length: 64,
    block_count: 6,
    feed_forward_length: 96,
    'attention.head_count': 4,
    'attention.head_count_kv': 2,
    'attention.layer_norm_rms_epsilon': float(1e-5),
    'rope.freq_base': float(500_000),
    'rope.dimension_count': 16,
    ...keys,
  };
  const given = Object.entries(all).filter((entry): entry is [string, GgufWriterValue] => entry[1] !== undefined);
  return {
    'general.architecture': architecture,
    'tokenizer.ggml.eos_token_id': 2,
    ...Object.fromEntries(given.map(([key, value]) => [`${architecture}.${key}`, value])),
  };
};
const tensor = (name: string, values: number[] = [1]): GgufWriterTensor => ({
  name,
  shape: [values.length],
  data: Float32Array.from(values),
});
const EMBEDDING: GgufWriterTensor = { name: 'token_embd.weight', shape: [300, 64], data: new Float32Array(300 * 64) };

describe(readGgufConfig, () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-gguf-config-'));
  const path = join(folder, 'model.gguf');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = (metadata: Record<string, GgufWriterValue>, tensors: GgufWriterTensor[] = [EMBEDDING]): ModelConfig => {
    writeGguf(path, metadata, tensors);
    const model = GgufModel.open(path);
    try {
      return readGgufConfig(model);
    } finally {
      model.close();
    }
  };

  it('reads a Llama with the sizes of its keys, and the vocabulary, the head and biases of its tensors', () => {
    expect(read(keysOf('llama'))).toMatchObject({
      architecture: 'LlamaForCausalLM',
      vocabSize: 300,
      hiddenSize: 64,
      layers: 6,
      heads: 4,
      kvHeads: 2,
      headDim: 16,
      intermediateSize: 96,
      rmsNormEps: Math.fround(1e-5),
      maxPositions: 2048,
      tieWordEmbeddings: true,
      biases: { qkv: false, output: false, mlp: false },
      normOffset: 0,
      eosTokenIds: [2],
      ropes: Array.from({ length: 6 }, () => ({ theta: 500_000, dimensions: 16, scaling: { type: 'default' } })),
    });
    const biased = read(keysOf('llama'), [EMBEDDING, tensor('output.weight'), tensor('blk.0.attn_q.bias')]);
    expect(biased).toMatchObject({ tieWordEmbeddings: false, biases: { qkv: true, output: false, mlp: false } });
  });

  it('takes integers of any type, a list with one size for all layers, and a head of its own length', () => {
    const config = read(
      keysOf('qwen3', {
        embedding_length: { type: 'uint64', value: 64n },
        'attention.head_count': Int32Array.of(4, 4, 4, 4, 4, 4),
        'attention.head_count_kv': undefined,
        'attention.key_length': 32,
        'attention.value_length': { type: 'int32', value: 32 },
        'rope.dimension_count': undefined,
        'rope.freq_base': undefined,
      }),
    );
    expect(config).toMatchObject({ heads: 4, kvHeads: 4, headDim: 32, queryKeyNorm: 'head' });
    expect(config.ropes[0]).toMatchObject({ theta: 10_000, dimensions: 32 });
  });

  it.each([
    ['absent: each sixth layer attends to all', undefined, [8, 8, 8, 8, 8, undefined]],
    ['a period', 3, [8, 8, undefined, 8, 8, undefined]],
    ['a list', [true, false, false, true, true, false], [8, undefined, undefined, 8, 8, undefined]],
  ])('reads the window of Gemma 3 by layers, the pattern being %s', (_, pattern, windows) => {
    const config = read(
      keysOf('gemma3', {
        'attention.key_length': 32,
        'attention.value_length': 32,
        'rope.dimension_count': 32,
        'attention.sliding_window': 8,
        'attention.sliding_window_pattern': pattern,
        'rope.scaling.type': 'linear',
        'rope.scaling.factor': float(8),
      }),
    );
    expect(config.windows).toEqual(windows);
    const local = { theta: 10_000, dimensions: 32, scaling: { type: 'default' } };
    const global = { theta: 500_000, dimensions: 32, scaling: { type: 'linear', factor: 8 } };
    expect(config.ropes).toEqual(windows.map((window) => (window ? local : global)));
    expect(config).toMatchObject({
      normOffset: 0,
      blockNorms: 'both',
      activation: 'gelu_tanh',
      embeddingScale: 8,
      scoreScale: 1 / Math.sqrt(32),
      tieWordEmbeddings: true,
    });
  });

  it.each(['rope.freq_base_swa', 'rope.local.freq_base'])('reads the frequency of window layers from %s', (key) => {
    const config = read(keysOf('gemma3', { 'attention.sliding_window': 8, [key]: float(700) }));
    expect(config.ropes.map((rope) => rope?.theta)).toEqual([700, 700, 700, 700, 700, 500_000]);
  });

  it('scales the scores of Gemma 3 27B, the model of 62 layers, as no other', () => {
    const config = read(
      keysOf('gemma3', {
        block_count: 62,
        'attention.key_length': 32,
        'attention.value_length': 32,
        'rope.dimension_count': 32,
        'attention.sliding_window': 8,
      }),
    );
    expect(config.scoreScale).toBe(1 / Math.sqrt(64 / 4));
  });

  it('reads the four multipliers of Granite', () => {
    const config = read(
      keysOf('granite', {
        'attention.scale': float(0.25),
        embedding_scale: float(12),
        residual_scale: float(0.5),
        logit_scale: float(8),
      }),
    );
    expect(config).toMatchObject({ scoreScale: 0.25, embeddingScale: 12, residualScale: 0.5, logitScale: 1 / 8 });
  });

  it('lets each fourth layer of SmolLM3 rotate nothing, and normalises OLMo 2 after its blocks', () => {
    expect(read(keysOf('smollm3')).ropes.map((rope) => rope !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      true,
      true,
    ]);
    expect(read(keysOf('olmo2'))).toMatchObject({ blockNorms: 'output', queryKeyNorm: 'all-heads' });
  });

  it('reads divisors of frequencies, which stand for the scaling of Llama 3', () => {
    const divisors = [1, 1, 1, 1, 2, 4, 8, 8];
    const config = read(keysOf('llama'), [EMBEDDING, tensor('rope_freqs.weight', divisors)]);
    expect(config.ropes[0]?.scaling).toMatchObject({
      type: 'longrope',
      shortFactors: divisors,
      longFactors: divisors,
      attentionFactor: 1,
    });
  });

  it('reads the factors of Phi-3 for the part of a head that is rotated', () => {
    const [short, long] = [
      [1, 1, 1, 1, 1, 1],
      [1, 2, 3, 4, 5, 6],
    ];
    const config = read(
      keysOf('phi3', {
        'rope.dimension_count': 12,
        'rope.scaling.original_context_length': 512,
        'rope.scaling.attn_factor': float(1.25),
        'attention.sliding_window': 9,
      }),
      [EMBEDDING, tensor('rope_factors_short.weight', short), tensor('rope_factors_long.weight', long)],
    );
    expect(config).toMatchObject({ fusedProjections: true, windows: [9, 9, 9, 9, 9, 9] });
    expect(config.ropes[0]).toEqual({
      theta: 500_000,
      dimensions: 12,
      scaling: {
        type: 'longrope',
        shortFactors: short,
        longFactors: long,
        originalMaxPositions: 512,
        attentionFactor: 1.25,
      },
    });
    expect(read(keysOf('phi3', { 'attention.sliding_window': 0 })).windows[0]).toBeUndefined();
  });

  it.each<[string, Record<string, GgufWriterValue>, object]>([
    ['none', { 'rope.scaling.type': 'none' }, { type: 'default' }],
    ['linear', { 'rope.scaling.type': 'linear', 'rope.scaling.factor': float(4) }, { type: 'linear', factor: 4 }],
    ['linear, by the old key', { 'rope.scale_linear': float(4) }, { type: 'linear', factor: 4 }],
    [
      'yarn',
      { 'rope.scaling.type': 'yarn', 'rope.scaling.factor': float(4), 'rope.scaling.original_context_length': 512 },
      {
        type: 'yarn',
        factor: 4,
        originalMaxPositions: 512,
        betaFast: 32,
        betaSlow: 1,
        attentionFactor: 0.1 * Math.log(4) + 1,
      },
    ],
  ])('reads the scaling of positions: %s', (_, keys, scaling) => {
    expect(read(keysOf('qwen2', keys)).ropes[0]?.scaling).toMatchObject(scaling);
  });

  const refused: [
    fault: string,
    metadata: Record<string, GgufWriterValue>,
    tensors: GgufWriterTensor[],
    code: string,
    message: RegExp,
  ][] = [
    ['no architecture', {}, [], 'model_unsupported', /do not say the architecture/],
    [
      'another architecture',
      keysOf('mamba'),
      [],
      'model_unsupported',
      /architecture "mamba" is not supported; supported are llama, qwen2, qwen3, gemma3, phi3, granite, olmo2, smollm3\./,
    ],
    [
      'an adapter',
      { ...keysOf('llama'), 'general.type': 'adapter' },
      [],
      'model_unsupported',
      /is an adapter \(LoRA\)\. Merge it/,
    ],
    [
      'a vision part',
      keysOf('clip'),
      [],
      'model_unsupported',
      /is the vision part of a model \(mmproj\)\. Take the file of the language model/,
    ],
    ['an importance matrix', { 'general.type': 'imatrix' }, [], 'model_unsupported', /is statistics for quantising/],
    ['a vocabulary alone', keysOf('llama'), [], 'model_invalid', /has no matrix "token_embd\.weight"/],
    [
      'a size that is missing',
      keysOf('llama', { block_count: undefined }),
      [EMBEDDING],
      'model_invalid',
      /the metadata have no "llama\.block_count"/,
    ],
    [
      'an absurd size',
      keysOf('llama', { embedding_length: 2 ** 31 }),
      [EMBEDDING],
      'model_invalid',
      /"llama\.embedding_length" must be a positive integer of at most 16777216, not 2147483648/,
    ],
    [
      'a size that is a text',
      keysOf('llama', { embedding_length: '64' }),
      [EMBEDDING],
      'model_invalid',
      /"llama\.embedding_length" in the metadata must be a whole number, not "64"/,
    ],
    [
      'sizes that differ by layer',
      keysOf('llama', { feed_forward_length: Int32Array.of(96, 128) }),
      [EMBEDDING],
      'model_unsupported',
      /"llama\.feed_forward_length" differs between layers \(96, 128\)/,
    ],
    [
      '10,000 layers',
      keysOf('llama', { block_count: 10_000 }),
      [EMBEDDING],
      'model_invalid',
      /"num_hidden_layers" must be a positive integer of at most 1000/,
    ],
    [
      'experts',
      keysOf('llama', { expert_count: 8 }),
      [EMBEDDING],
      'model_unsupported',
      /"llama\.expert_count" \(8\) asks for a mixture of experts/,
    ],
    [
      'capped logits',
      keysOf('gemma3', { final_logit_softcapping: float(30) }),
      [EMBEDDING],
      'model_unsupported',
      /asks for capped logits/,
    ],
    [
      'an encoder',
      keysOf('qwen2', { 'attention.causal': false }),
      [EMBEDDING],
      'model_unsupported',
      /asks for attention in both directions/,
    ],
    [
      'a decoder that embeds',
      keysOf('qwen3', { pooling_type: 3 }),
      [EMBEDDING],
      'model_unsupported',
      /"qwen3\.pooling_type" \(3\) asks for vectors of texts \(take the folder/,
    ],
    [
      'the windows of OLMo 3',
      keysOf('olmo2', { 'attention.sliding_window': 4096 }),
      [EMBEDDING],
      'model_unsupported',
      /OLMo 3/,
    ],
    [
      'values of another length than keys',
      keysOf('llama', { 'attention.key_length': 16, 'attention.value_length': 8 }),
      [EMBEDDING],
      'model_unsupported',
      /"llama\.attention\.value_length" \(8\) differs/,
    ],
    [
      'heads of 10 elements',
      keysOf('llama', { 'attention.key_length': 10, 'attention.value_length': 10, 'rope.dimension_count': 10 }),
      [EMBEDDING],
      'model_unsupported',
      /head_dim \(10\) is not supported/,
    ],
    [
      'a rotation of more than a head',
      keysOf('llama', { 'rope.dimension_count': 32 }),
      [EMBEDDING],
      'model_invalid',
      /"llama\.rope\.dimension_count" \(32\) must be an even number of the 16 elements/,
    ],
    [
      'a rotation of a part where the family has none',
      keysOf('qwen2', { 'rope.dimension_count': 8 }),
      [EMBEDDING],
      'model_unsupported',
      /"qwen2\.rope\.dimension_count" \(8\) rotates a part of the 16 elements/,
    ],
    [
      'another scaling',
      keysOf('llama', { 'rope.scaling.type': 'ntk' }),
      [EMBEDDING],
      'model_unsupported',
      /"llama\.rope\.scaling\.type" "ntk" is not supported/,
    ],
    [
      'too few divisors',
      keysOf('llama'),
      [EMBEDDING, tensor('rope_freqs.weight', [1, 2])],
      'model_invalid',
      /tensor "rope_freqs\.weight" must be F32 with shape \[8\], not F32 with shape \[2\]/,
    ],
    [
      'a divisor of zero',
      keysOf('llama'),
      [EMBEDDING, tensor('rope_freqs.weight', [0, 1, 1, 1, 1, 1, 1, 1])],
      'model_invalid',
      /must be a list of 8 positive numbers/,
    ],
    [
      'a pattern that is too short',
      keysOf('gemma3', { 'attention.sliding_window': 8, 'attention.sliding_window_pattern': [true] }),
      [EMBEDDING],
      'model_invalid',
      /"layer_types" must list the type of each of the 6 layers/,
    ],
  ];
  it.each(refused)('refuses %s in one line', (_, metadata, tensors, code, message) => {
    expect(() => read(metadata, tensors)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
    expect(() => read(metadata, tensors)).toThrow(/^.*model\.gguf.*$/);
  });
});
