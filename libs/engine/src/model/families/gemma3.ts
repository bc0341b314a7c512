import type { ConfigReader } from '../config-reader.js';
import type { RopeConfig } from '../rope-config.js';
import { readRopeScaling } from '../rope/read-rope.js';
import type { CommonConfig, Family, FamilyTraits } from './family.js';
import { readLayerTypes } from './layer-types.js';
import { llamaTraits, readActivation } from './llama.js';

/** A size that older files give as `sliding_window_pattern` or `_sliding_window_pattern`: each so many-th layer attends to all. */
const DEFAULT_PATTERN = 6;

/** The text model of Gemma 3 (https://arxiv.org/abs/2503.19786). */
export const gemma3: Family = {
  defaults: {
    vocab_size: 262_208,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
    hidden_activation: 'gelu_pytorch_tanh',
    max_position_embeddings: 131_072,
    rms_norm_eps: 1e-6,
    query_pre_attn_scalar: 256,
    sliding_window: 4096,
    tie_word_embeddings: true,
    eos_token_id: 1,
  },
  traits: gemma3Traits,
};

/** Gemma 3 with a vision tower, whose text model is served. */
export const gemma3Multimodal: Family = { ...gemma3, section: 'text_config' };

function gemma3Traits(config: ConfigReader, common: CommonConfig): FamilyTraits {
  config.refuse('attn_logit_softcapping');
  config.refuse('final_logit_softcapping');
  config.expect('use_bidirectional_attention', false);
  const pattern = config.size('sliding_window_pattern', config.size('_sliding_window_pattern', DEFAULT_PATTERN));
  const types = readLayerTypes(config, common.layers, (layer) => (layer + 1) % pattern !== 0);
  const ropes = readRopes(config, common);
  const window = config.size('sliding_window');
  return {
    ...llamaTraits(config, common, ropes.full_attention),
    blockNorms: 'both',
    queryKeyNorm: 'head',
    normOffset: 1,
    activation: readActivation(config, 'hidden_activation'),
    ropes: types.map((type) => ropes[type]),
    windows: types.map((type) => (type === 'sliding_attention' ? window : undefined)),
    scoreScale: 1 / Math.sqrt(config.positive('query_pre_attn_scalar')),
    embeddingScale: Math.sqrt(common.hiddenSize),
  };
}

/**
 * Layers with a window have a frequency of their own, which is never scaled: `rope_local_base_freq` of older files, a section
 * of `rope_parameters` in newer ones. Where a file has both, `rope_scaling` wins, as in transformers.
 */
function readRopes(
  config: ConfigReader,
  common: CommonConfig,
): Record<'full_attention' | 'sliding_attention', RopeConfig> {
  const newer = config.section('rope_parameters');
  const [full, sliding] = [newer.section('full_attention'), newer.section('sliding_attention')];
  const scaling = config.value('rope_scaling') === undefined ? full : config.section('rope_scaling');
  const dimensions = common.headDim;
  return {
    full_attention: {
      theta: full.positive('rope_theta', config.positive('rope_theta', 1_000_000)),
      dimensions,
      scaling: readRopeScaling(scaling, { ...common, dimensions }),
    },
    sliding_attention: {
      theta: sliding.positive('rope_theta', config.positive('rope_local_base_freq', 10_000)),
      dimensions,
      scaling: readRopeScaling(sliding, { ...common, dimensions }),
    },
  };
}
