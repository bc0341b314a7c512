import { readShape } from './bert.js';
import type { EncoderFamily } from './encoder-family.js';

const FIELDS = {
  hidden: 'dim',
  layers: 'n_layers',
  heads: 'n_heads',
  intermediate: 'hidden_dim',
  activation: 'activation',
};

/** DistilBERT (https://arxiv.org/abs/1910.01108): BERT without token types. */
export const distilbert: EncoderFamily = {
  prefix: 'distilbert.',
  models: ['DistilBertModel', 'DistilBertForMaskedLM'],
  classifier: 'DistilBertForSequenceClassification',
  read(config) {
    const shape = readShape(config, FIELDS);
    const rows = config.size('max_position_embeddings', 512);
    return {
      ...shape,
      normEps: 1e-12,
      maxPositions: rows,
      positions: { rows, offset: 0 },
      typeVocabSize: 0,
      relativeBuckets: 0,
    };
  },
  words: 'embeddings.word_embeddings.weight',
  names: {
    words: 'embeddings.word_embeddings.weight',
    positions: 'embeddings.position_embeddings.weight',
    norm: 'embeddings.LayerNorm',
    layer: (layer) => {
      const prefix = `transformer.layer.${layer}.`;
      return {
        query: `${prefix}attention.q_lin`,
        key: `${prefix}attention.k_lin`,
        value: `${prefix}attention.v_lin`,
        output: `${prefix}attention.out_lin`,
        attentionNorm: `${prefix}sa_layer_norm`,
        up: `${prefix}ffn.lin1`,
        down: `${prefix}ffn.lin2`,
        outputNorm: `${prefix}output_layer_norm`,
      };
    },
  },
  head: () => ({
    pooling: 'cls',
    layers: [
      { dense: 'pre_classifier', activation: 'relu', isInner: true, isBiased: true },
      { dense: 'classifier', activation: 'identity', isInner: false, isBiased: true },
    ],
  }),
  ignored: /^vocab_|\.position_ids$|^embeddings\.position_ids$/,
};
