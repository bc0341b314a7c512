import { modelUnsupported } from '../../errors/engine.errors.js';
import type { ConfigReader } from '../../model/config-reader.js';
import type { EncoderRotation } from '../config/encoder-config.js';
import { readShape } from './bert.js';
import type { EncoderFamily } from './encoder-family.js';

const FIELDS = {
  hidden: 'hidden_size',
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  intermediate: 'intermediate_size',
  activation: 'hidden_activation',
};
const THETAS = { full_attention: 160_000, sliding_attention: 10_000 } as const;
type LayerType = keyof typeof THETAS;

/** ModernBERT (https://arxiv.org/abs/2412.13663): rotations in place of a table of places, and windows on two of three layers. */
export const modernbert: EncoderFamily = {
  prefix: 'model.',
  models: ['ModernBertModel', 'ModernBertForMaskedLM'],
  classifier: 'ModernBertForSequenceClassification',
  read(config) {
    for (const name of ['norm_bias', 'attention_bias', 'mlp_bias', 'classifier_bias']) config.expect(name, false);
    config.expect('hidden_activation', 'gelu');
    const shape = readShape(config, FIELDS);
    return {
      ...shape,
      normEps: config.positive('norm_eps', 1e-5),
      maxPositions: config.size('max_position_embeddings', 8192),
      rotations: readRotations(config, shape.layers),
      typeVocabSize: 0,
      relativeBuckets: 0,
    };
  },
  words: 'embeddings.tok_embeddings.weight',
  head(config) {
    config.expect('classifier_activation', 'gelu');
    return {
      pooling: config.oneOf('classifier_pooling', ['cls', 'mean'] as const, 'cls'),
      layers: [
        { dense: 'head.dense', activation: 'gelu', isInner: true, isBiased: false, norm: 'head.norm' },
        { dense: 'classifier', activation: 'identity', isInner: false, isBiased: true },
      ],
    };
  },
  ignored: /^(head|decoder)\./,
};

/** The fields of transformers 4 (`global_rope_theta`, `local_rope_theta`) and 5 (`rope_parameters` by the type of a layer). */
function readRotations(config: ConfigReader, layers: number): EncoderRotation[] {
  const every = config.size('global_attn_every_n_layers', 3);
  const given = config.value('layer_types');
  const types = Array.isArray(given)
    ? given
    : Array.from({ length: layers }, (_, i) => (i % every === 0 ? 'full_attention' : 'sliding_attention'));
  if (types.length !== layers) throw config.invalid('layer_types', `a list of ${layers}`, given);
  config.refuse('rope_scaling');
  const nested = config.section('rope_parameters');
  const thetas = {
    full_attention: config.positive('global_rope_theta', THETAS.full_attention),
    sliding_attention: config.positive('local_rope_theta', THETAS.sliding_attention),
  };
  for (const type of Object.keys(THETAS) as LayerType[]) {
    nested.section(type).expect('rope_type', 'default');
    thetas[type] = nested.section(type).positive('rope_theta', thetas[type]);
  }
  const window = Math.floor(config.size('local_attention', 128) / 2);
  return types.map((type: LayerType) => {
    if (!Object.hasOwn(THETAS, type)) {
      throw modelUnsupported(`${config.path}: "layer_types": ${JSON.stringify(type)} is not supported.`);
    }
    return { theta: thetas[type], window: type === 'sliding_attention' ? window : undefined };
  });
}
