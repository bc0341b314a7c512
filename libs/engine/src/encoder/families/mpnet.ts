import { BERT_NAMES, bertLayer, readShape } from './bert.js';
import type { EncoderFamily } from './encoder-family.js';
import { DENSE_OUT_HEAD, positionsAfterPadding } from './roberta.js';

/** MPNet (https://arxiv.org/abs/2004.09297): RoBERTa without token types, and with biases by distance. */
export const mpnet: EncoderFamily = {
  prefix: 'mpnet.',
  models: ['MPNetModel', 'MPNetForMaskedLM'],
  classifier: 'MPNetForSequenceClassification',
  read(config) {
    const shape = readShape(config);
    return {
      ...shape,
      ...positionsAfterPadding(config),
      normEps: config.positive('layer_norm_eps', 1e-12),
      typeVocabSize: 0,
      relativeBuckets: config.size('relative_attention_num_buckets', 32),
    };
  },
  words: BERT_NAMES.words,
  names: {
    words: BERT_NAMES.words,
    positions: BERT_NAMES.positions,
    norm: BERT_NAMES.norm,
    relativeBias: 'encoder.relative_attention_bias.weight',
    layer: (layer) => {
      const attention = `encoder.layer.${layer}.attention.`;
      return {
        ...bertLayer(layer),
        query: `${attention}attn.q`,
        key: `${attention}attn.k`,
        value: `${attention}attn.v`,
        output: `${attention}attn.o`,
        attentionNorm: `${attention}LayerNorm`,
      };
    },
  },
  head: () => DENSE_OUT_HEAD,
  ignored: /^lm_head\.|pooler\.|\.position_ids$|^embeddings\.position_ids$/,
};
