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
      'a decoder as embedder',
      { 'config.json': { ...CONFIG, architectures: ['Qwen3ForCausalLM'] } },
      /"Qwen3ForCausalLM" is not supported as an encoder/,
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
    ['LlamaForCausalLM', false],
    ['Qwen3ForCausalLM', false],
    ['mamba', false],
  ])('knows whether %s is an encoder', (architecture, expected) => {
    write({ 'config.json': { ...CONFIG, architectures: [architecture] } });
    expect(isEncoderFolder(folder)).toBe(expected);
  });
});
