import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import { ConfigReader } from '../../model/config-reader.js';
import { toModelConfig } from '../../model/families/read-model-config.js';
import type { ModelConfig } from '../../model/model-config.js';
import type { GgufModel } from '../file/gguf-model.js';
import { type GgufArchitecture, readGgufArchitecture } from './gguf-architecture.js';
import { ArchitectureKeys } from './architecture-keys.js';
import { ropeFields } from './rope-fields.js';

/**
 * Reads the configuration from the metadata: as the fields of the `config.json` that the file was converted from, so that families
 * and their defaults are the same for both formats. Three things the tensors say: the size of the vocabulary, a head of its
 * own, biases.
 * @throws `model_invalid` or `model_unsupported`, naming the file and the key
 */
export function readGgufConfig(model: GgufModel): ModelConfig {
  const { metadata, tensors } = model;
  const architecture = readGgufArchitecture(metadata);
  const keys = new ArchitectureKeys(metadata, architecture.name);
  refuseOtherComputations(keys);
  const embedding = tensors.get('token_embd.weight');
  if (embedding?.shape.length !== 2) {
    throw modelInvalid(
      `${metadata.path} has no matrix "token_embd.weight". It holds no language model: take another file of this model.`,
    );
  }
  const heads = keys.size('attention.head_count');
  const headDim = keys.optionalSize('attention.key_length') ?? keys.size('embedding_length') / heads;
  const fields = {
    architectures: [architecture.huggingFace],
    vocab_size: embedding.shape[0],
    hidden_size: keys.size('embedding_length'),
    num_hidden_layers: keys.size('block_count'),
    num_attention_heads: heads,
    num_key_value_heads: keys.optionalSize('attention.head_count_kv'),
    head_dim: headDim,
    intermediate_size: keys.size('feed_forward_length'),
    rms_norm_eps: keys.positive('attention.layer_norm_rms_epsilon'),
    max_position_embeddings: keys.size('context_length'),
    tie_word_embeddings: !tensors.has('output.weight'),
    eos_token_id: metadata.integer('tokenizer.ggml.eos_token_id'),
    ...ropeFields(model, keys, headDim),
    ...familyFields(architecture, keys, headDim),
  };
  const config = toModelConfig(new ConfigReader(metadata.path, fields));
  return {
    ...config,
    biases: {
      qkv: tensors.has('blk.0.attn_q.bias') || tensors.has('blk.0.attn_qkv.bias'),
      output: tensors.has('blk.0.attn_output.bias'),
      mlp: tensors.has('blk.0.ffn_up.bias'),
    },
    // The converter has added it to the weights.
    normOffset: 0,
  };
}

/** Fields that belong to a family. */
function familyFields({ name }: GgufArchitecture, keys: ArchitectureKeys, headDim: number): Record<string, unknown> {
  switch (name) {
    case 'gemma3':
      return {
        // llama.cpp tells the model of 27B by its layers: the only one whose scale is not that of its heads.
        query_pre_attn_scalar:
          keys.size('block_count') === 62 ? keys.size('embedding_length') / keys.size('attention.head_count') : headDim,
        sliding_window: keys.optionalSize('attention.sliding_window'),
        ...slidingPattern(keys),
      };
    case 'phi3':
      return { sliding_window: keys.optionalSize('attention.sliding_window') };
    case 'granite':
      return {
        attention_multiplier: keys.optionalPositive('attention.scale'),
        embedding_multiplier: keys.optionalPositive('embedding_scale'),
        residual_multiplier: keys.optionalPositive('residual_scale'),
        logits_scaling: keys.optionalPositive('logit_scale'),
      };
    default:
      return {};
  }
}

/** A period of layers, or which of them slide. */
function slidingPattern(keys: ArchitectureKeys): Record<string, unknown> {
  const slides = keys.flags('attention.sliding_window_pattern');
  if (slides === undefined) return { sliding_window_pattern: keys.optionalSize('attention.sliding_window_pattern') };
  return { layer_types: slides.map((isSliding) => (isSliding ? 'sliding_attention' : 'full_attention')) };
}

/** Keys of computations that the families do not have. */
function refuseOtherComputations(keys: ArchitectureKeys): void {
  keys.refuseUnless('expert_count', 0, 'a mixture of experts');
  keys.refuseUnless('attn_logit_softcapping', 0, 'capped attention scores');
  keys.refuseUnless('final_logit_softcapping', 0, 'capped logits');
  keys.refuseUnless('attention.causal', true, 'attention in both directions');
  keys.refuseUnless('pooling_type', 0, 'vectors of texts (take the folder of the model in the Hugging Face layout)');
  const valueLength = keys.optionalSize('attention.value_length');
  const keyLength = keys.optionalSize('attention.key_length');
  if (valueLength !== keyLength) {
    throw modelUnsupported(
      `${keys.path}: "${keys.architecture}.attention.value_length" (${valueLength}) differs from "key_length" (${keyLength}), which is not supported.`,
    );
  }
  // OLMo 3 goes by the name of OLMo 2.
  if (keys.architecture === 'olmo2') keys.refuseUnless('attention.sliding_window', 0, 'sliding windows (OLMo 3)');
}
