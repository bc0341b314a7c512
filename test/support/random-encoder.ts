import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NamedShape, safetensors } from './random-model.ts';

/** The shape and the head of a random BERT. */
export interface RandomEncoderShape {
  hiddenSize: number;
  layers: number;
  heads: number;
  maxTokens: number;
  /** Labels of a classification head; 1: a reranker. Default: vectors, by the mean of their tokens. */
  labels?: number;
}

export const SMALL_ENCODER: RandomEncoderShape = { hiddenSize: 32, layers: 2, heads: 4, maxTokens: 64 };

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Writes the folder of a BERT with random weights whose tokens are letters; a word's tokens are its letters, and a text has `[CLS]` and
 * `[SEP]` around it.
 */
export function writeRandomEncoder(folder: string, shape: RandomEncoderShape): void {
  const { hiddenSize, layers, heads, maxTokens, labels } = shape;
  const tokens = [...SPECIAL, ...LETTERS, ...[...LETTERS].map((letter) => `##${letter}`), '.', ',', '!', '?'];
  mkdirSync(folder, { recursive: true });
  const config = {
    architectures: [labels === undefined ? 'BertModel' : 'BertForSequenceClassification'],
    model_type: 'bert',
    hidden_act: 'gelu',
    hidden_size: hiddenSize,
    intermediate_size: 2 * hiddenSize,
    max_position_embeddings: maxTokens,
    num_attention_heads: heads,
    num_hidden_layers: layers,
    type_vocab_size: 2,
    vocab_size: tokens.length,
    layer_norm_eps: 1e-12,
    ...(labels !== undefined && {
      id2label: Object.fromEntries(Array.from({ length: labels }, (_, i) => [i, `L${i}`])),
    }),
  };
  const write = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));
  write('config.json', config);
  write('tokenizer.json', tokenizer(tokens));
  if (labels === undefined) {
    write('modules.json', [
      { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
      { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
      { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
    ]);
    mkdirSync(join(folder, '1_Pooling'), { recursive: true });
    write('1_Pooling/config.json', { word_embedding_dimension: hiddenSize, pooling_mode_mean_tokens: true });
  }
  writeFileSync(join(folder, 'model.safetensors'), safetensors(tensorsOf(shape, tokens.length), 'F32'));
}

function tensorsOf({ hiddenSize, layers, maxTokens, labels }: RandomEncoderShape, vocabSize: number): NamedShape[] {
  const prefix = labels === undefined ? '' : 'bert.';
  const dense = (name: string, rows: number, columns: number): NamedShape[] => [
    [`${prefix}${name}.weight`, [rows, columns]],
    [`${prefix}${name}.bias`, [rows]],
  ];
  const norm = (name: string): NamedShape[] => [
    [`${prefix}${name}.weight`, [hiddenSize]],
    [`${prefix}${name}.bias`, [hiddenSize]],
  ];
  const table = (name: string, rows: number): NamedShape => [`${prefix}embeddings.${name}.weight`, [rows, hiddenSize]];
  const ofLayer = (layer: string): NamedShape[] => [
    ...['query', 'key', 'value'].flatMap((name) => dense(`${layer}.attention.self.${name}`, hiddenSize, hiddenSize)),
    ...dense(`${layer}.attention.output.dense`, hiddenSize, hiddenSize),
    ...norm(`${layer}.attention.output.LayerNorm`),
    ...dense(`${layer}.intermediate.dense`, 2 * hiddenSize, hiddenSize),
    ...dense(`${layer}.output.dense`, hiddenSize, 2 * hiddenSize),
    ...norm(`${layer}.output.LayerNorm`),
  ];
  return [
    table('word_embeddings', vocabSize),
    table('position_embeddings', maxTokens),
    table('token_type_embeddings', 2),
    ...norm('embeddings.LayerNorm'),
    ...Array.from({ length: layers }, (_, i) => ofLayer(`encoder.layer.${i}`)).flat(),
    ...(labels === undefined
      ? []
      : [
          ...dense('pooler.dense', hiddenSize, hiddenSize),
          ['classifier.weight', [labels, hiddenSize]] satisfies NamedShape,
          ['classifier.bias', [labels]] satisfies NamedShape,
        ]),
  ];
}

/** A `tokenizer.json` as BERT's. */
function tokenizer(tokens: readonly string[]): unknown {
  const special = (token: string): object => ({ SpecialToken: { id: token, type_id: 0 } });
  const second = (token: string): object => ({ SpecialToken: { id: token, type_id: 1 } });
  const a = { Sequence: { id: 'A', type_id: 0 } };
  const b = { Sequence: { id: 'B', type_id: 1 } };
  const entry = (id: string): object => ({ id, ids: [tokens.indexOf(id)], tokens: [id] });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), a, special('[SEP]')],
      pair: [special('[CLS]'), a, special('[SEP]'), b, second('[SEP]')],
      special_tokens: { '[CLS]': entry('[CLS]'), '[SEP]': entry('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}
