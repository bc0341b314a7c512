import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { ConfigReader } from '../../model/config-reader.js';
import type { EncoderActivation, EncoderConfig } from '../config/encoder-config.js';
import type { EncoderFamily, EncoderNames, LayerNames } from './encoder-family.js';

/** `GroupQueryAttention` refuses other sizes of a head when it runs. */
const HEAD_DIM_STEP = 8;

const ACTIVATIONS: Readonly<Record<string, EncoderActivation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};

/** The fields of `config.json` that families name differently. */
interface FieldNames {
  hidden: string;
  layers: string;
  heads: string;
  intermediate: string;
  activation: string;
}

const BERT_FIELDS: FieldNames = {
  hidden: 'hidden_size',
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  intermediate: 'intermediate_size',
  activation: 'hidden_act',
};

/** Sizes, activation and epsilon, which all encoders have. */
export function readShape(
  config: ConfigReader,
  fields: FieldNames = BERT_FIELDS,
): Pick<
  EncoderConfig,
  'vocabSize' | 'hiddenSize' | 'layers' | 'heads' | 'headDim' | 'intermediateSize' | 'activation'
> {
  const hiddenSize = config.size(fields.hidden);
  const heads = config.size(fields.heads);
  if (hiddenSize % heads !== 0) {
    throw modelInvalid(
      `${config.path}: ${fields.hidden} (${hiddenSize}) is not a multiple of ${fields.heads} (${heads}).`,
    );
  }
  const headDim = hiddenSize / heads;
  if (headDim % HEAD_DIM_STEP !== 0) {
    throw modelUnsupported(
      `${config.path}: heads of ${headDim} elements are not supported: ONNX Runtime's attention takes multiples of ${HEAD_DIM_STEP}.`,
    );
  }
  return {
    vocabSize: config.size('vocab_size'),
    hiddenSize,
    layers: config.size(fields.layers, undefined, 1000),
    heads,
    headDim,
    intermediateSize: config.size(fields.intermediate),
    activation: ACTIVATIONS[config.oneOf(fields.activation, Object.keys(ACTIVATIONS), 'gelu')],
  };
}

/** The names of a layer of BERT. */
export function bertLayer(layer: number): LayerNames {
  const prefix = `encoder.layer.${layer}.`;
  const attention = `${prefix}attention.`;
  return {
    query: `${attention}self.query`,
    key: `${attention}self.key`,
    value: `${attention}self.value`,
    output: `${attention}output.dense`,
    attentionNorm: `${attention}output.LayerNorm`,
    up: `${prefix}intermediate.dense`,
    down: `${prefix}output.dense`,
    outputNorm: `${prefix}output.LayerNorm`,
  };
}

/** The names of BERT and RoBERTa. */
export const BERT_NAMES: EncoderNames = {
  words: 'embeddings.word_embeddings.weight',
  positions: 'embeddings.position_embeddings.weight',
  types: 'embeddings.token_type_embeddings.weight',
  norm: 'embeddings.LayerNorm',
  layer: bertLayer,
};

/** Refuses the settings of BERT's descendants that change the computation. */
export function refuseVariants(config: ConfigReader): void {
  config.expect('position_embedding_type', 'absolute');
  config.expect('is_decoder', false);
  config.expect('add_cross_attention', false);
}

/** BERT, and MiniLM, bge, e5 and gte that have its architecture. */
export const bert: EncoderFamily = {
  prefix: 'bert.',
  models: ['BertModel', 'BertForMaskedLM', 'BertForPreTraining'],
  classifier: 'BertForSequenceClassification',
  read(config) {
    refuseVariants(config);
    const shape = readShape(config);
    const rows = config.size('max_position_embeddings');
    return {
      ...shape,
      normEps: config.positive('layer_norm_eps', 1e-12),
      maxPositions: rows,
      positions: { rows, offset: 0 },
      typeVocabSize: config.size('type_vocab_size', 2),
      relativeBuckets: 0,
    };
  },
  words: BERT_NAMES.words,
  names: BERT_NAMES,
  head: () => ({
    pooling: 'cls',
    layers: [
      { dense: 'bert.pooler.dense', activation: 'tanh', isInner: true, isBiased: true },
      { dense: 'classifier', activation: 'identity', isInner: false, isBiased: true },
    ],
  }),
  ignored: /^cls\.|pooler\.|\.position_ids$|^embeddings\.position_ids$/,
};
