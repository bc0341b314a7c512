import type { ConfigReader } from '../../model/config-reader.js';
import { BERT_NAMES, readShape, refuseVariants } from './bert.js';
import type { EncoderFamily, EncoderHead } from './encoder-family.js';

/** Positions are counted from behind the padding token's id on. */
export function positionsAfterPadding(config: ConfigReader): {
  maxPositions: number;
  positions: { rows: number; offset: number };
} {
  const [padding = 1] = config.tokenIds('pad_token_id');
  const rows = config.size('max_position_embeddings');
  const offset = padding + 1;
  if (offset >= rows) throw config.invalid('pad_token_id', `less than ${rows - 1}`, padding);
  return { maxPositions: rows - offset, positions: { rows, offset } };
}

/** The head of RoBERTa and MPNet. */
export const DENSE_OUT_HEAD: EncoderHead = {
  pooling: 'cls',
  layers: [
    { dense: 'classifier.dense', activation: 'tanh', isInner: true, isBiased: true },
    { dense: 'classifier.out_proj', activation: 'identity', isInner: false, isBiased: true },
  ],
};

const READ: Pick<EncoderFamily, 'prefix' | 'read' | 'words' | 'names' | 'head' | 'ignored'> = {
  prefix: 'roberta.',
  read(config) {
    refuseVariants(config);
    const shape = readShape(config);
    return {
      ...shape,
      ...positionsAfterPadding(config),
      normEps: config.positive('layer_norm_eps', 1e-12),
      typeVocabSize: config.size('type_vocab_size', 2),
      relativeBuckets: 0,
    };
  },
  words: BERT_NAMES.words,
  names: BERT_NAMES,
  head: () => DENSE_OUT_HEAD,
  ignored: /^lm_head\.|pooler\.|\.position_ids$|^embeddings\.position_ids$/,
};

/** RoBERTa (https://arxiv.org/abs/1907.11692). */
export const roberta: EncoderFamily = {
  ...READ,
  models: ['RobertaModel', 'RobertaForMaskedLM'],
  classifier: 'RobertaForSequenceClassification',
};

/** XLM-RoBERTa, bge-m3 and bge-reranker. */
export const xlmRoberta: EncoderFamily = {
  ...READ,
  models: ['XLMRobertaModel', 'XLMRobertaForMaskedLM'],
  classifier: 'XLMRobertaForSequenceClassification',
};

/** CamemBERT, which is RoBERTa with another vocabulary. */
export const camembert: EncoderFamily = {
  ...READ,
  models: ['CamembertModel', 'CamembertForMaskedLM'],
  classifier: 'CamembertForSequenceClassification',
};
