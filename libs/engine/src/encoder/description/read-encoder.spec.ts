import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isEncoderFolder, readEncoder } from './read-encoder.js';

const CONFIG = {
  architectures: ['BertModel'],
  vocab_size: 100,
  hidden_size: 48,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  max_position_embeddings: 64,
};
/** Qwen3-Embedding's files, but for its size. */
const DECODER = {
  ...CONFIG,
  architectures: ['Qwen3ForCausalLM'],
  num_attention_heads: 6,
  num_key_value_heads: 2,
  head_dim: 8,
  max_position_embeddings: 32_768,
};
const CLASSIFIER = { ...CONFIG, architectures: ['BertForSequenceClassification'] };
const module = (name: string, path: string) => ({ type: `sentence_transformers.models.${name}`, path });
const MODULES = [module('Transformer', ''), module('Pooling', '1_Pooling'), module('Normalize', '2_Normalize')];
const MEAN = { word_embedding_dimension: 48, pooling_mode_mean_tokens: true, pooling_mode_cls_token: false };

describe('the description of an encoder', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'frontier-encoder-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (files: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), JSON.stringify(value));
    }
  };

  it('follows the files of sentence-transformers: pooling, length, prompts, similarity', () => {
    write({
      'config.json': { ...CONFIG, matryoshka_dimensions: [16, 32] },
      'modules.json': MODULES,
      '1_Pooling/config.json': { ...MEAN, pooling_mode_max_tokens: true, include_prompt: false },
      'sentence_bert_config.json': { max_seq_length: 32, do_lower_case: true },
      'config_sentence_transformers.json': {
        prompts: { query: 'query: ', document: '' },
        default_prompt_name: 'query',
        similarity_fn_name: 'dot',
      },
    });
    expect(readEncoder(folder)).toMatchObject({
      chain: { pooling: ['max', 'mean'], includesPrompt: false, modules: [{ type: 'normalize' }] },
      maxTokens: 32,
      lowersCase: true,
      facts: {
        task: 'embed',
        prompts: { query: 'query: ', document: '' },
        defaultPrompt: 'query',
        similarity: 'dot',
        matryoshka: [16, 32],
      },
      warnings: [],
    });
  });

  it('takes the mean of a folder without modules.json, with a warning, and the length of its tokenizer', () => {
    write({ 'config.json': CONFIG, 'tokenizer_config.json': { model_max_length: 48 } });
    expect(readEncoder(folder)).toMatchObject({ chain: { pooling: ['mean'], modules: [] }, maxTokens: 48 });
    expect(readEncoder(folder).warnings).toEqual([expect.stringContaining('has no modules.json')]);
    write({ 'tokenizer_config.json': { model_max_length: 1e30 } });
    expect(readEncoder(folder).maxTokens).toBe(64);
  });

  it('takes a decoder with the files of sentence-transformers, and texts that are not as long as it could', () => {
    write({
      'config.json': DECODER,
      'modules.json': MODULES,
      '1_Pooling/config.json': { word_embedding_dimension: 48, pooling_mode_lasttoken: true, include_prompt: true },
      'config_sentence_transformers.json': { prompts: { query: 'Instruct: x\nQuery:', document: '' } },
      'tokenizer_config.json': { model_max_length: 131_072 },
    });
    expect(readEncoder(folder)).toMatchObject({
      config: { family: 'decoder', architecture: 'Qwen3ForCausalLM', isCausal: true, queryKeyNorm: 'head', kvHeads: 2 },
      chain: { pooling: ['lasttoken'], modules: [{ type: 'normalize' }] },
      facts: { task: 'embed', prompts: { query: 'Instruct: x\nQuery:', document: '' } },
      maxTokens: 2048,
      longestTokens: 32_768,
      warnings: [],
    });
    write({ 'sentence_bert_config.json': { max_seq_length: 512 } });
    expect(readEncoder(folder)).toMatchObject({ maxTokens: 512, longestTokens: 512 });
  });

  it('takes a decoder with a head for labels, whose last token is no padding', () => {
    write({
      'config.json': {
        ...DECODER,
        architectures: ['Qwen3ForSequenceClassification'],
        id2label: { 0: 'x' },
        pad_token_id: 7,
      },
    });
    expect(readEncoder(folder)).toMatchObject({
      facts: { task: 'rerank', activation: 'sigmoid' },
      head: { pooling: 'lasttoken', paddingToken: 7, layers: [{ dense: 'score', isBiased: false }] },
    });
  });

  it.each([
    [{ id2label: { 0: 'LABEL_0' } }, { task: 'rerank', activation: 'sigmoid' }],
    [
      { id2label: { 0: 'x' }, sentence_transformers: { activation_fn: 'torch.nn.modules.linear.Identity' } },
      { task: 'rerank', activation: 'identity' },
    ],
    [
      { id2label: { 0: 'x' }, sbert_ce_default_activation_function: 'torch.nn.modules.linear.Identity' },
      { task: 'rerank', activation: 'identity' },
    ],
    [
      { id2label: { 0: 'x' }, problem_type: 'regression' },
      { task: 'classify', activation: 'identity' },
    ],
    [{ id2label: { 1: 'b', 0: 'a' } }, { task: 'classify', activation: 'softmax', labels: ['a', 'b'] }],
    [{}, { task: 'classify', activation: 'softmax', labels: ['LABEL_0', 'LABEL_1'] }],
    [
      { id2label: { 0: 'a', 1: 'b' }, problem_type: 'multi_label_classification' },
      { task: 'classify', activation: 'sigmoid', multiLabel: true },
    ],
  ])('reads what the logits of %j mean', (fields, facts) => {
    write({ 'config.json': { ...CLASSIFIER, ...fields } });
    expect(readEncoder(folder).facts).toMatchObject({ ...facts, prompts: {} });
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'an architecture',
      { 'config.json': { ...CONFIG, architectures: ['DebertaV2Model'] } },
      /"DebertaV2Model" is not supported/,
    ],
    [
      'a mixture of experts',
      { 'config.json': { ...DECODER, architectures: ['Qwen3MoeForCausalLM'] } },
      /"Qwen3MoeForCausalLM" is not supported as an encoder/,
    ],
    [
      'a decoder with code of its own',
      { 'config.json': { ...DECODER, auto_map: { AutoModel: 'modeling.py' } } },
      /"auto_map": .* is not supported/,
    ],
    [
      'windows in both directions',
      { 'config.json': { ...DECODER, architectures: ['MistralModel'], is_causal: false, sliding_window: 8 } },
      /"is_causal": false is not supported with windows/,
    ],
    [
      'EmbeddingGemma',
      { 'config.json': { ...DECODER, architectures: ['Gemma3TextModel'], use_bidirectional_attention: true } },
      /"use_bidirectional_attention": true is not supported/,
    ],
    [
      'LongRoPE',
      {
        'config.json': {
          ...DECODER,
          architectures: ['Phi3ForCausalLM'],
          rope_scaling: { type: 'longrope', short_factor: [1, 1, 1, 1], long_factor: [2, 2, 2, 2] },
        },
      },
      /LongRoPE is not supported in a model that embeds/,
    ],
    [
      'relative positions',
      { 'config.json': { ...CONFIG, position_embedding_type: 'relative_key' } },
      /"relative_key" is not supported/,
    ],
    ['an activation', { 'config.json': { ...CONFIG, hidden_act: 'mish' } }, /"mish" is not supported/],
    ['heads of 12', { 'config.json': { ...CONFIG, num_attention_heads: 4 } }, /heads of 12 elements are not supported/],
    ['heads that do not divide', { 'config.json': { ...CONFIG, num_attention_heads: 5 } }, /is not a multiple of/],
    [
      'packed weights',
      { 'config.json': { ...CONFIG, quantization_config: {} } },
      /"quantization_config": .* is not supported/,
    ],
    ['a pooling', { '1_Pooling/config.json': { pooling_mode: 'attention' } }, /pooling "attention" is not supported/],
    ['a module', { 'modules.json': [...MODULES, module('LSTM', '3_LSTM')] }, /module LSTM is not supported/],
    ['ColBERT', { 'modules.json': [MODULES[0], module('Dense', '1_Dense')] }, /behind Transformer is Dense/],
    ['a static model', { 'modules.json': [module('StaticEmbedding', '')] }, /first module is StaticEmbedding/],
    ['a path outside', { 'modules.json': [MODULES[0], module('Pooling', '../x')] }, /"path" inside the folder/],
    ['modules that are no list', { 'modules.json': {} }, /must be a list of modules/],
    ['a head and modules', { 'config.json': CLASSIFIER }, /only one of them can be served/],
    [
      'a Dense of another width',
      { 'modules.json': [...MODULES, module('Dense', '3')], '3/config.json': { in_features: 40, out_features: 8 } },
      /"in_features" must be 48/,
    ],
    [
      'an activation of Dense',
      {
        'modules.json': [...MODULES, module('Dense', '3')],
        '3/config.json': { in_features: 48, out_features: 8, activation_function: 'torch.nn.modules.activation.SiLU' },
      },
      /SiLU is not supported/,
    ],
    [
      'a default prompt without a text',
      { 'config_sentence_transformers.json': { prompts: {}, default_prompt_name: 'query' } },
      /"default_prompt_name" must be the name of one of "prompts"/,
    ],
  ])('refuses %s by name', (_, files, message) => {
    write({ 'config.json': CONFIG, 'modules.json': MODULES, '1_Pooling/config.json': MEAN, ...files });
    expect(isEncoderFolder(folder)).toBe(true);
    expect(() => readEncoder(folder)).toThrow(message);
  });

  it.each([
    ['BertModel', true],
    ['XLMRobertaForSequenceClassification', true],
    ['ModernBertModel', true],
    ['BertForTokenClassification', true],
    ['Qwen3Model', true],
    ['Qwen3ForSequenceClassification', true],
    ['Gemma3TextModel', true],
    ['LlamaForCausalLM', false],
    ['Qwen3ForCausalLM', false],
    ['mamba', false],
  ])('knows whether %s is an encoder', (architecture, expected) => {
    write({ 'config.json': { ...CONFIG, architectures: [architecture] } });
    expect(isEncoderFolder(folder)).toBe(expected);
  });
});
