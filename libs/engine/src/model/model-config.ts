import { join } from 'node:path';
import { modelInvalid, modelUnsupported } from '../errors/engine.errors.js';
import { ConfigReader } from './config-reader.js';
import { readJsonFile } from './json-file.js';
import { readRope, type RopeConfig } from './rope-scaling.js';

/** The shape of a decoder-only language model, read from a Hugging Face `config.json`. All sizes are in elements. */
export interface ModelConfig {
  architecture: string;
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  intermediateSize: number;
  rmsNormEps: number;
  rope: RopeConfig;
  /** The longest sequence, in tokens, that the model was made for. */
  maxPositions: number;
  tieWordEmbeddings: boolean;
  /** Which projections add a bias. */
  biases: { qkv: boolean; output: boolean; mlp: boolean };
  /** True if each head of queries and keys is normalised before it is rotated (Qwen3). */
  headNorms: boolean;
  /** For each layer, the newest positions that a token attends to, itself included; `undefined` is all. */
  windows: (number | undefined)[];
  /** Tokens that end a text. */
  eosTokenIds: number[];
}

/** In what the families of the Llama architecture differ, beside sizes. */
interface Family {
  biases: (config: ConfigReader) => ModelConfig['biases'];
  headNorms: boolean;
  /** True if layers attend to a window where `config.json` lists no `layer_types`. */
  slides: (config: ConfigReader, layer: number) => boolean;
}

const attentionBias = (config: ConfigReader): ModelConfig['biases'] => {
  const attention = config.flag('attention_bias');
  return { qkv: attention, output: attention, mlp: config.flag('mlp_bias') };
};
const lateLayersSlide = (config: ConfigReader, layer: number): boolean =>
  config.flag('use_sliding_window') && layer >= config.size('max_window_layers');

/** `GroupQueryAttention` refuses other sizes of a head when it runs. */
const HEAD_DIM_STEP = 8;

const FAMILIES: Record<string, Family> = {
  LlamaForCausalLM: { biases: attentionBias, headNorms: false, slides: () => false },
  MistralForCausalLM: { biases: attentionBias, headNorms: false, slides: () => true },
  Qwen2ForCausalLM: {
    biases: () => ({ qkv: true, output: false, mlp: false }),
    headNorms: false,
    slides: lateLayersSlide,
  },
  Qwen3ForCausalLM: { biases: attentionBias, headNorms: true, slides: lateLayersSlide },
};

/**
 * Reads `config.json`.
 * @throws `model_invalid` when it is missing or a field has no sensible value, naming both.
 * @throws `model_unsupported` when the model needs something that the engine cannot do, naming it.
 */
export function readModelConfig(folder: string): ModelConfig {
  const path = join(folder, 'config.json');
  const config = new ConfigReader(path, readJsonFile(path));
  const architecture = readArchitecture(config);
  const family = FAMILIES[architecture];
  refuseQuantized(config);
  config.expect('hidden_act', 'silu');

  const hiddenSize = config.size('hidden_size');
  const layers = config.size('num_hidden_layers', undefined, 1000);
  const heads = config.size('num_attention_heads');
  const kvHeads = config.size('num_key_value_heads', heads);
  const headDim = config.size('head_dim', hiddenSize / heads);
  if (heads % kvHeads !== 0) {
    throw modelInvalid(
      `${path}: num_attention_heads (${heads}) is not a multiple of num_key_value_heads (${kvHeads}).`,
    );
  }
  if (headDim % HEAD_DIM_STEP !== 0) {
    throw modelUnsupported(
      `${path}: head_dim (${headDim}) is not supported: ONNX Runtime's attention takes multiples of ${HEAD_DIM_STEP}.`,
    );
  }

  return {
    architecture,
    vocabSize: config.size('vocab_size'),
    hiddenSize,
    layers,
    heads,
    kvHeads,
    headDim,
    intermediateSize: config.size('intermediate_size'),
    rmsNormEps: config.positive('rms_norm_eps', 1e-6),
    rope: readRope(config),
    maxPositions: config.size('max_position_embeddings'),
    tieWordEmbeddings: config.flag('tie_word_embeddings'),
    biases: family.biases(config),
    headNorms: family.headNorms,
    windows: readWindows(config, family, layers),
    eosTokenIds: config.tokenIds('eos_token_id'),
  };
}

/** Weights that are packed have other tensors; what is missing then would say less. */
function refuseQuantized(config: ConfigReader): void {
  if (config.value('quantization_config') === undefined) return;
  const method = config.section('quantization_config').value('quant_method') ?? 'unknown';
  throw modelUnsupported(
    `${config.path}: "quantization_config" says that the weights are quantized (${JSON.stringify(method)}), which is not supported. Take the original model; "precision" quantizes it when it is loaded.`,
  );
}

function readArchitecture(config: ConfigReader): string {
  const list = config.value('architectures');
  if (!Array.isArray(list) || typeof list[0] !== 'string') {
    throw modelInvalid(`${config.path}: "architectures" must be a list with the model's architecture.`);
  }
  if (Object.hasOwn(FAMILIES, list[0])) return list[0];
  const supported = Object.keys(FAMILIES).join(', ');
  throw modelUnsupported(`${config.path}: architecture "${list[0]}" is not supported; supported are ${supported}.`);
}

function readWindows(config: ConfigReader, family: Family, layers: number): ModelConfig['windows'] {
  if (config.value('sliding_window') === undefined) return Array.from({ length: layers }, () => undefined);
  const window = config.size('sliding_window');
  const types = config.value('layer_types');
  if (types !== undefined && (!Array.isArray(types) || types.length !== layers)) {
    throw modelInvalid(`${config.path}: "layer_types" must list the type of each of the ${layers} layers.`);
  }
  return Array.from({ length: layers }, (_, layer) => {
    const type = types?.[layer] ?? (family.slides(config, layer) ? 'sliding_attention' : 'full_attention');
    if (type === 'full_attention') return undefined;
    if (type === 'sliding_attention') return window;
    throw modelUnsupported(`${config.path}: layer type ${JSON.stringify(type)} is not supported.`);
  });
}
