import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../model-config.js';
import { readModelConfig, readVocabSize } from './read-model-config.js';

const folder = mkdtempSync(join(tmpdir(), 'frontier-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(config: Record<string, unknown>): ModelConfig {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return readModelConfig(folder);
}

const SIZES = {
  hidden_size: 64,
  intermediate_size: 96,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  num_hidden_layers: 4,
  vocab_size: 320,
  max_position_embeddings: 128,
};

/** Gemma 3 1B, as transformers 4 wrote it. */
const GEMMA_3_1B = {
  architectures: ['Gemma3ForCausalLM'],
  attention_bias: false,
  attn_logit_softcapping: null,
  cache_implementation: 'hybrid',
  eos_token_id: [1, 106],
  final_logit_softcapping: null,
  head_dim: 256,
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 1152,
  intermediate_size: 6912,
  max_position_embeddings: 32_768,
  model_type: 'gemma3_text',
  num_attention_heads: 4,
  num_hidden_layers: 26,
  num_key_value_heads: 1,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_local_base_freq: 10_000,
  rope_scaling: null,
  rope_theta: 1_000_000,
  sliding_window: 512,
  sliding_window_pattern: 6,
  torch_dtype: 'bfloat16',
  vocab_size: 262_144,
};

/** Gemma 3 4B: fields of the text model that have their default are absent. */
const GEMMA_3_4B = {
  architectures: ['Gemma3ForConditionalGeneration'],
  eos_token_id: [1, 106],
  model_type: 'gemma3',
  text_config: {
    hidden_size: 2560,
    intermediate_size: 10_240,
    model_type: 'gemma3_text',
    num_hidden_layers: 34,
    rope_scaling: { factor: 8, rope_type: 'linear' },
    sliding_window: 1024,
  },
  vision_config: { hidden_size: 1152, num_hidden_layers: 27 },
};

const PHI_4_MINI = {
  architectures: ['Phi3ForCausalLM'],
  hidden_act: 'silu',
  hidden_size: 3072,
  intermediate_size: 8192,
  max_position_embeddings: 131_072,
  num_attention_heads: 24,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  original_max_position_embeddings: 4096,
  partial_rotary_factor: 0.75,
  rms_norm_eps: 1e-5,
  rope_scaling: { long_factor: Array(48).fill(2), short_factor: Array(48).fill(1), type: 'longrope' },
  rope_theta: 10_000,
  sliding_window: 262_144,
  tie_word_embeddings: true,
  vocab_size: 200_064,
};

const SMOLLM3_3B = {
  architectures: ['SmolLM3ForCausalLM'],
  attention_bias: false,
  hidden_act: 'silu',
  hidden_size: 2048,
  intermediate_size: 11_008,
  layer_types: Array(36).fill('full_attention'),
  max_position_embeddings: 65_536,
  mlp_bias: false,
  no_rope_layer_interval: 4,
  no_rope_layers: Array.from({ length: 36 }, (_, layer) => ((layer + 1) % 4 === 0 ? 0 : 1)),
  num_attention_heads: 16,
  num_hidden_layers: 36,
  num_key_value_heads: 4,
  rope_scaling: null,
  rope_theta: 5_000_000,
  sliding_window: null,
  use_sliding_window: false,
  vocab_size: 128_256,
};

const GRANITE_3_2B = {
  architectures: ['GraniteForCausalLM'],
  attention_bias: false,
  attention_multiplier: 0.015625,
  embedding_multiplier: 12,
  hidden_act: 'silu',
  hidden_size: 2048,
  intermediate_size: 8192,
  logits_scaling: 8,
  max_position_embeddings: 131_072,
  mlp_bias: false,
  num_attention_heads: 32,
  num_hidden_layers: 40,
  num_key_value_heads: 8,
  residual_multiplier: 0.22,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  rope_theta: 5_000_000,
  tie_word_embeddings: true,
  vocab_size: 49_155,
};

const OLMO_2_1B = {
  architectures: ['Olmo2ForCausalLM'],
  attention_bias: false,
  hidden_act: 'silu',
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 4096,
  num_attention_heads: 16,
  num_hidden_layers: 16,
  num_key_value_heads: 16,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 500_000,
  tie_word_embeddings: false,
  vocab_size: 100_352,
};

const isEverySixth = (layer: number): boolean => layer % 6 === 5;

describe(readModelConfig, () => {
  it('reads Gemma 3 1B: two ropes, windows, norms on both sides, a scaled embedding', () => {
    const config = read(GEMMA_3_1B);
    const [local, global] = [10_000, 1_000_000].map((theta) => ({
      theta,
      dimensions: 256,
      scaling: { type: 'default' },
    }));
    expect(config).toMatchObject({
      heads: 4,
      kvHeads: 1,
      headDim: 256,
      blockNorms: 'both',
      queryKeyNorm: 'head',
      normOffset: 1,
      activation: 'gelu_tanh',
      scoreScale: 1 / 16,
      embeddingScale: Math.sqrt(1152),
      tieWordEmbeddings: true,
      eosTokenIds: [1, 106],
    });
    expect(config.ropes).toEqual(Array.from({ length: 26 }, (_, layer) => (isEverySixth(layer) ? global : local)));
    expect(config.windows).toEqual(Array.from({ length: 26 }, (_, layer) => (isEverySixth(layer) ? undefined : 512)));
  });

  it('reads the text model of Gemma 3 4B, with the defaults of transformers', () => {
    const config = read(GEMMA_3_4B);
    expect(config).toMatchObject({
      vocabSize: 262_208,
      heads: 8,
      kvHeads: 4,
      headDim: 256,
      maxPositions: 131_072,
      rmsNormEps: 1e-6,
      tieWordEmbeddings: true,
      eosTokenIds: [1, 106],
    });
    expect(config.windows.filter((window) => window === 1024)).toHaveLength(29);
    expect([config.ropes[5], config.ropes[0]]).toEqual([
      { theta: 1_000_000, dimensions: 256, scaling: { type: 'linear', factor: 8 } },
      { theta: 10_000, dimensions: 256, scaling: { type: 'default' } },
    ]);
    expect(readVocabSize(folder)).toBe(262_208);
  });

  it('reads the same from what transformers 5 writes', () => {
    const { rope_theta, rope_local_base_freq, sliding_window_pattern, torch_dtype, ...rest } = GEMMA_3_1B;
    const newer = {
      ...rest,
      dtype: torch_dtype,
      layer_types: Array.from({ length: 26 }, (_, layer) =>
        isEverySixth(layer) ? 'full_attention' : 'sliding_attention',
      ),
      rope_parameters: {
        full_attention: { rope_type: 'default', rope_theta },
        sliding_attention: { rope_type: 'default', rope_theta: rope_local_base_freq },
      },
    };
    expect(read(newer)).toEqual(read(GEMMA_3_1B));
    expect(
      read({ ...rest, rope_theta, rope_local_base_freq, _sliding_window_pattern: sliding_window_pattern }),
    ).toEqual(read(GEMMA_3_1B));

    const { rope_theta: theta, ...olmo } = OLMO_2_1B;
    expect(read({ ...olmo, rope_parameters: { rope_type: 'default', rope_theta: theta } })).toEqual(read(OLMO_2_1B));

    const { rope_scaling, rope_theta: phiTheta, partial_rotary_factor, ...phi } = PHI_4_MINI;
    const { type: rope_type, ...factors } = rope_scaling;
    const parameters = { ...factors, rope_type, rope_theta: phiTheta, partial_rotary_factor };
    expect(read({ ...phi, rope_parameters: parameters })).toEqual(read(PHI_4_MINI));
  });

  it('reads Phi-4-mini: fused projections, three quarters of a head rotated, longrope', () => {
    const config = read(PHI_4_MINI);
    expect(config).toMatchObject({ fusedProjections: true, headDim: 128, tieWordEmbeddings: true });
    expect(config.ropes).toHaveLength(32);
    expect(config.ropes[31]).toMatchObject({
      dimensions: 96,
      scaling: {
        type: 'longrope',
        originalMaxPositions: 4096,
        attentionFactor: Math.sqrt(1 + Math.log(32) / Math.log(4096)),
      },
    });
    expect(config.windows).toEqual(Array(32).fill(262_144));
  });

  it.each(['su', 'yarn'])('takes the scaling that the first files of Phi-3 call %s as longrope', (type) => {
    const rope_scaling = { ...PHI_4_MINI.rope_scaling, type };
    expect(read({ ...PHI_4_MINI, rope_scaling })).toEqual(read(PHI_4_MINI));
  });

  it('reads SmolLM3: each fourth layer rotates nothing, listed or not', () => {
    const config = read(SMOLLM3_3B);
    expect(config).toMatchObject({ tieWordEmbeddings: true, windows: Array(36).fill(undefined) });
    expect(config.ropes.map((rope) => rope?.theta)).toEqual(
      Array.from({ length: 36 }, (_, layer) => (layer % 4 === 3 ? undefined : 5_000_000)),
    );
    expect(read({ ...SMOLLM3_3B, no_rope_layers: null })).toEqual(config);
  });

  it('reads Granite 3: its four multipliers, which are 1 where they are absent', () => {
    expect(read(GRANITE_3_2B)).toMatchObject({
      scoreScale: 0.015625,
      embeddingScale: 12,
      residualScale: 0.22,
      logitScale: 1 / 8,
      tieWordEmbeddings: true,
    });
    expect(read({ ...SIZES, architectures: ['GraniteForCausalLM'] })).toMatchObject({
      scoreScale: 1,
      embeddingScale: 1,
      residualScale: 1,
      logitScale: 1,
    });
  });

  it('reads OLMo 2: norms of outputs, and of all heads at once', () => {
    expect(read(OLMO_2_1B)).toMatchObject({
      blockNorms: 'output',
      queryKeyNorm: 'all-heads',
      tieWordEmbeddings: false,
    });
  });

  it.each([
    ['Phi3ForCausalLM', { rmsNormEps: 1e-5, tieWordEmbeddings: false }],
    ['Olmo2ForCausalLM', { rmsNormEps: 1e-5, tieWordEmbeddings: false }],
    ['SmolLM3ForCausalLM', { rmsNormEps: 1e-6, tieWordEmbeddings: true }],
    ['GraniteForCausalLM', { rmsNormEps: 1e-6, tieWordEmbeddings: false }],
  ])('gives %s the defaults of transformers', (architecture, expected) => {
    expect(read({ ...SIZES, architectures: [architecture] })).toMatchObject(expected);
  });

  it('takes the original context of Phi-3 as 4096 where the file does not say', () => {
    const { original_max_position_embeddings: _, ...rest } = PHI_4_MINI;
    expect(read(rest)).toEqual(read(PHI_4_MINI));
  });

  it('keeps Llama as it was', () => {
    expect(read({ ...SIZES, architectures: ['LlamaForCausalLM'], eos_token_id: 2 })).toEqual({
      architecture: 'LlamaForCausalLM',
      vocabSize: 320,
      hiddenSize: 64,
      layers: 4,
      heads: 4,
      kvHeads: 2,
      headDim: 16,
      intermediateSize: 96,
      rmsNormEps: 1e-6,
      maxPositions: 128,
      tieWordEmbeddings: false,
      biases: { qkv: false, output: false, mlp: false },
      fusedProjections: false,
      blockNorms: 'input',
      queryKeyNorm: 'none',
      normOffset: 0,
      activation: 'silu',
      ropes: Array.from({ length: 4 }, () => ({ theta: 10_000, dimensions: 16, scaling: { type: 'default' } })),
      windows: Array(4).fill(undefined),
      scoreScale: 0.25,
      embeddingScale: 1,
      residualScale: 1,
      logitScale: 1,
      eosTokenIds: [2],
    });
  });

  it('gives Qwen windows in late layers, and only where they are used', () => {
    const qwen = { ...SIZES, architectures: ['Qwen2ForCausalLM'], sliding_window: 32, max_window_layers: 3 };
    expect(read({ ...qwen, use_sliding_window: true }).windows).toEqual([undefined, undefined, undefined, 32]);
    expect(read({ ...qwen, use_sliding_window: false }).windows).toEqual(Array(4).fill(undefined));
  });

  const withoutFactor = { ...PHI_4_MINI.rope_scaling, long_factor: Array(47).fill(2) };
  it.each([
    [
      'Gemma 2',
      { ...GEMMA_3_1B, architectures: ['Gemma2ForCausalLM'] },
      /"Gemma2ForCausalLM" is not supported \(it caps attention scores and logits\); supported are LlamaForCausalLM,/,
    ],
    [
      'a mixture of experts',
      { ...SIZES, architectures: ['Qwen3MoeForCausalLM'] },
      /is not supported \(it is a mixture of experts\)/,
    ],
    [
      'convolutions with a state',
      { ...SIZES, architectures: ['Lfm2ForCausalLM'] },
      /is not supported \(some of its layers are convolutions/,
    ],
    ['capped logits', { ...GEMMA_3_1B, final_logit_softcapping: 30 }, /"final_logit_softcapping": 30 is not supported/],
    ['capped scores', { ...GEMMA_3_1B, attn_logit_softcapping: 50 }, /"attn_logit_softcapping": 50 is not supported/],
    [
      'attention in both directions',
      { ...GEMMA_3_1B, use_bidirectional_attention: true },
      /"use_bidirectional_attention": true is not supported/,
    ],
    [
      'an unknown activation',
      { ...GEMMA_3_1B, hidden_activation: 'relu' },
      /"hidden_activation": "relu" is not supported; supported are silu and gelu_pytorch_tanh/,
    ],
    [
      'a factor too few',
      { ...PHI_4_MINI, rope_scaling: withoutFactor },
      /"long_factor" must be a list of 48 positive numbers, not a list of 47/,
    ],
    [
      'no factors',
      { ...PHI_4_MINI, rope_scaling: { type: 'longrope' } },
      /"short_factor" must be a list of 48 positive numbers, not undefined/,
    ],
    [
      'a rotation of an odd part',
      { ...PHI_4_MINI, partial_rotary_factor: 0.4 },
      /"partial_rotary_factor" \(0\.4\) makes 51 of 128 elements/,
    ],
    [
      'a rotation of more than a head',
      { ...PHI_4_MINI, partial_rotary_factor: 2 },
      /"partial_rotary_factor" \(2\) makes 256 of 128 elements/,
    ],
    [
      'a partial rotation of another family',
      { ...OLMO_2_1B, partial_rotary_factor: 0.5 },
      /"partial_rotary_factor": 0\.5 is not supported/,
    ],
    [
      'too few layers without rotation',
      { ...SMOLLM3_3B, no_rope_layers: [1, 0] },
      /"no_rope_layers" must list 0 or 1 for each of the 36 layers/,
    ],
    [
      'a list of layers of another length',
      { ...GEMMA_3_1B, layer_types: ['full_attention'] },
      /"layer_types" must list the type of each of the 26 layers/,
    ],
    [
      'another type of layer',
      { ...GEMMA_3_1B, layer_types: Array(26).fill('chunked_attention') },
      /layer type "chunked_attention" is not supported/,
    ],
    [
      'a multiplier of zero',
      { ...GRANITE_3_2B, logits_scaling: 0 },
      /"logits_scaling" must be a positive number, not 0/,
    ],
    [
      'a scaling that follows the length',
      { ...OLMO_2_1B, rope_scaling: { type: 'dynamic', factor: 2 } },
      /rope type "dynamic" is not supported; supported are default, linear, llama3, yarn and longrope/,
    ],
    [
      'ropes by type of layer of a family with one rope',
      { ...OLMO_2_1B, rope_parameters: { full_attention: { rope_theta: 1 } } },
      /"rope_parameters": "full_attention": {"rope_theta":1} is not supported/,
    ],
    ['a text model that is no object', { ...GEMMA_3_4B, text_config: 3 }, /"text_config" must be an object/],
  ])('refuses %s by name, in one line', (_, config, message) => {
    expect(() => read(config)).toThrow(message);
    expect(() => read(config)).toThrow(/^[^\n]*$/);
  });
});
