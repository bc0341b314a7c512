import type { GgufWriterTensor, GgufWriterValue } from '@frontier/engine/testing/gguf-writer';
import type { GoldenFamily } from './golden-families.ts';
import type { GoldenTensor } from './golden-tensors.ts';

/** The fields of a `config.json` that are converted. */
interface Config extends RopeFields {
  architectures: string[];
  model_type?: string;
  text_config?: Partial<Config>;
  vocab_size: number;
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads?: number;
  head_dim?: number;
  intermediate_size: number;
  max_position_embeddings: number;
  rms_norm_eps?: number;
  sliding_window?: number | null;
  use_sliding_window?: boolean;
  sliding_window_pattern?: number;
  layer_types?: string[];
  no_rope_layers?: number[];
  no_rope_layer_interval?: number;
  query_pre_attn_scalar?: number;
  attention_multiplier?: number;
  embedding_multiplier?: number;
  residual_multiplier?: number;
  logits_scaling?: number;
  rope_local_base_freq?: number;
  rope_scaling?: RopeFields | null;
  rope_parameters?: RopeFields & { full_attention?: RopeFields; sliding_attention?: RopeFields };
}

interface RopeFields {
  rope_theta?: number;
  partial_rotary_factor?: number;
  rope_type?: string;
  type?: string;
  factor?: number;
  attention_factor?: number;
  beta_fast?: number;
  beta_slow?: number;
  low_freq_factor?: number;
  high_freq_factor?: number;
  original_max_position_embeddings?: number;
  short_factor?: number[];
  long_factor?: number[];
}

/** A model as llama.cpp's converter writes it (conversion/*.py). */
export interface ConvertedModel {
  metadata: Record<string, GgufWriterValue>;
  tensors: GgufWriterTensor[];
}

const ARCHITECTURES: Record<string, string> = {
  LlamaForCausalLM: 'llama',
  MistralForCausalLM: 'llama',
  Qwen2ForCausalLM: 'qwen2',
  Qwen3ForCausalLM: 'qwen3',
  Gemma3ForCausalLM: 'gemma3',
  Gemma3ForConditionalGeneration: 'gemma3',
  Phi3ForCausalLM: 'phi3',
  GraniteForCausalLM: 'granite',
  Olmo2ForCausalLM: 'olmo2',
  SmolLM3ForCausalLM: 'smollm3',
};

/**
 * What of a model no key of GGUF says, so that its file would compute something else; `undefined` if nothing is lost.
 */
export function lossOfConversion(file: GoldenFamily['config']): string | undefined {
  const config = file as unknown as Config;
  const [architecture] = config.architectures;
  if (architecture === 'MistralForCausalLM' && config.sliding_window) return 'the window of Mistral';
  if (config.use_sliding_window === true) return 'windows of late layers, or of those that rotate nothing';
  if (architecture === 'SmolLM3ForCausalLM' && (config.no_rope_layers ?? config.no_rope_layer_interval) !== undefined) {
    return 'which layers rotate nothing';
  }
  return undefined;
}

/**
 * Converts a model in the Hugging Face layout to GGUF in F32.
 * @param vocabulary the keys of the tokenizer; default: single bytes
 */
export function convertToGguf(
  file: GoldenFamily['config'],
  tensors: ReadonlyMap<string, GoldenTensor>,
  vocabulary?: Record<string, GgufWriterValue>,
): ConvertedModel {
  const config = { ...file, ...(file.text_config as object) } as unknown as Config;
  const name = ARCHITECTURES[config.architectures[0]];
  const key = (values: Record<string, GgufWriterValue | undefined>): Record<string, GgufWriterValue> =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([, value]) => value !== undefined)
        .map(([suffix, value]) => [`${name}.${suffix}`, value!]),
    );
  const heads = config.num_attention_heads;
  const headDim = config.head_dim ?? config.hidden_size / heads;
  const kvHeads = config.num_key_value_heads ?? heads;
  const ropes = ropesOf(config);
  const metadata = {
    'general.architecture': name,
    'general.type': 'model',
    ...key({
      context_length: config.max_position_embeddings,
      embedding_length: config.hidden_size,
      block_count: config.num_hidden_layers,
      feed_forward_length: config.intermediate_size,
      vocab_size: config.vocab_size,
      'attention.head_count': heads,
      'attention.head_count_kv': kvHeads,
      'attention.key_length': headDim,
      'attention.value_length': headDim,
      'attention.layer_norm_rms_epsilon': float(config.rms_norm_eps ?? defaultEps(name)),
      'rope.dimension_count': Math.floor(headDim * ropes.share),
      'rope.freq_base': float(ropes.theta),
      ...(name === 'gemma3' && { 'rope.freq_base_swa': float(ropes.localTheta) }),
      ...scalingKeys(config, ropes),
      ...(['gemma3', 'phi3'].includes(name) && {
        'attention.sliding_window': config.sliding_window ?? (name === 'phi3' ? 0 : 4096),
      }),
      ...(name === 'gemma3' && { 'attention.sliding_window_pattern': slidingLayers(config) }),
      ...(name === 'granite' && {
        'attention.scale': float(config.attention_multiplier ?? 1),
        embedding_scale: float(config.embedding_multiplier ?? 1),
        residual_scale: float(config.residual_multiplier ?? 1),
        logit_scale: float(config.logits_scaling ?? 1),
      }),
    }),
    ...(vocabulary ?? byteVocabulary(config.vocab_size)),
  };
  const converted: GgufWriterTensor[] = [];
  for (const [hfName, { shape, data }] of tensors) {
    const textName = hfName.replace(/^model\.language_model\./, 'model.');
    if (/vision_tower|multi_modal_projector/.test(textName)) continue;
    let values = data;
    const permuted = /\.(q|k)_proj\.(weight|bias)$/.exec(textName);
    if (permuted && ['llama', 'granite', 'smollm3'].includes(name)) {
      values = permute(data, permuted[1] === 'q' ? heads : kvHeads, headDim);
    }
    if (name === 'gemma3' && textName.endsWith('norm.weight')) {
      // No key has the scale of scores, where it is not that of the heads: it goes into the norm of queries.
      const isQuery = textName.endsWith('q_norm.weight');
      const factor = isQuery ? Math.sqrt(headDim / (config.query_pre_attn_scalar ?? 256)) : 1;
      values = data.map((value) => (value + 1) * factor);
    }
    converted.push({ name: ggufName(textName, name), shape, data: values });
  }
  return { metadata, tensors: [...converted, ...ropeTensors(ropes, headDim)] };
}

function float(value: number): GgufWriterValue {
  return { type: 'float32', value };
}

function optionalFloat(value: number | undefined): GgufWriterValue | undefined {
  return value === undefined ? undefined : float(value);
}

function defaultEps(name: string): number {
  return ['olmo2', 'phi3'].includes(name) ? 1e-5 : 1e-6;
}

interface Ropes {
  theta: number;
  localTheta: number;
  share: number;
  scaling: RopeFields;
}

function ropesOf(config: Config): Ropes {
  const newer: NonNullable<Config['rope_parameters']> = config.rope_parameters ?? {};
  const full: RopeFields = newer.full_attention ?? newer;
  return {
    theta: full.rope_theta ?? config.rope_theta ?? (String(config.model_type).startsWith('gemma3') ? 1e6 : 1e4),
    localTheta: newer.sliding_attention?.rope_theta ?? config.rope_local_base_freq ?? 1e4,
    share: full.partial_rotary_factor ?? config.partial_rotary_factor ?? 1,
    scaling: config.rope_scaling ?? full,
  };
}

function scalingKeys(config: Config, { scaling }: Ropes): Record<string, GgufWriterValue | undefined> {
  const type = scaling.rope_type ?? scaling.type;
  if (type === 'linear') return { 'rope.scaling.type': 'linear', 'rope.scaling.factor': float(scaling.factor!) };
  if (type === 'yarn') {
    const { factor = 1, attention_factor, beta_fast, beta_slow } = scaling;
    return {
      'rope.scaling.type': 'yarn',
      'rope.scaling.factor': float(factor),
      'rope.scaling.original_context_length': scaling.original_max_position_embeddings,
      'rope.scaling.yarn_beta_fast': optionalFloat(beta_fast),
      'rope.scaling.yarn_beta_slow': optionalFloat(beta_slow),
      // llama.cpp multiplies it by the factor of the paper.
      'rope.scaling.yarn_attn_factor': optionalFloat(
        attention_factor && attention_factor / (0.1 * Math.log(factor) + 1),
      ),
    };
  }
  if (type !== 'longrope') return {};
  const original = config.original_max_position_embeddings!;
  const extension = config.max_position_embeddings / original;
  return {
    'rope.scaling.original_context_length': original,
    'rope.scaling.attn_factor': float(extension <= 1 ? 1 : Math.sqrt(1 + Math.log(extension) / Math.log(original))),
  };
}

/** Factors of frequencies, which are tensors. */
function ropeTensors({ scaling, theta }: Ropes, headDim: number): GgufWriterTensor[] {
  const vector = (name: string, values: number[]): GgufWriterTensor => ({
    name,
    shape: [values.length],
    data: Float32Array.from(values),
  });
  const type = scaling.rope_type ?? scaling.type;
  if (type === 'longrope') {
    return [
      vector('rope_factors_long.weight', scaling.long_factor!),
      vector('rope_factors_short.weight', scaling.short_factor!),
    ];
  }
  if (type !== 'llama3') return [];
  // As `LlamaModel.generate_extra_tensors`.
  const {
    factor = 1,
    low_freq_factor: low = 1,
    high_freq_factor: high = 4,
    original_max_position_embeddings: original = 8192,
  } = scaling;
  const divisors = Array.from({ length: headDim / 2 }, (_, i) => {
    const wavelength = (2 * Math.PI) / theta ** ((-2 * i) / headDim);
    if (wavelength < original / high) return 1;
    if (wavelength > original / low) return factor;
    const smooth = (original / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
  return [vector('rope_freqs.weight', divisors)];
}

function slidingLayers(config: Config): boolean[] {
  return Array.from({ length: config.num_hidden_layers }, (_, layer) =>
    config.layer_types
      ? config.layer_types[layer] === 'sliding_attention'
      : (layer + 1) % (config.sliding_window_pattern ?? 6) !== 0,
  );
}

/** As `LlamaModel.permute`: the two halves of each head, row by row. */
function permute(data: Float32Array, heads: number, headDim: number): Float32Array<ArrayBuffer> {
  const columns = data.length / heads / headDim;
  const moved = new Float32Array(data.length);
  for (let head = 0; head < heads; head++) {
    for (let half = 0; half < 2; half++) {
      for (let i = 0; i < headDim / 2; i++) {
        const from = head * headDim + half * (headDim / 2) + i;
        const to = head * headDim + 2 * i + half;
        moved.set(data.subarray(from * columns, (from + 1) * columns), to * columns);
      }
    }
  }
  return moved;
}

function ggufName(name: string, architecture: string): string {
  const global: Record<string, string> = {
    'model.embed_tokens.weight': 'token_embd.weight',
    'model.norm.weight': 'output_norm.weight',
    'lm_head.weight': 'output.weight',
  };
  const hasOutputNorms = ['gemma3', 'olmo2'].includes(architecture);
  const modules: Record<string, string> = {
    'self_attn.q_proj': 'attn_q',
    'self_attn.k_proj': 'attn_k',
    'self_attn.v_proj': 'attn_v',
    'self_attn.o_proj': 'attn_output',
    'self_attn.qkv_proj': 'attn_qkv',
    'self_attn.q_norm': 'attn_q_norm',
    'self_attn.k_norm': 'attn_k_norm',
    'mlp.gate_proj': 'ffn_gate',
    'mlp.up_proj': 'ffn_up',
    'mlp.gate_up_proj': 'ffn_up',
    'mlp.down_proj': 'ffn_down',
    input_layernorm: 'attn_norm',
    post_attention_layernorm: hasOutputNorms ? 'post_attention_norm' : 'ffn_norm',
    pre_feedforward_layernorm: 'ffn_norm',
    post_feedforward_layernorm: 'post_ffw_norm',
  };
  const [, layer, module, kind] = /^model\.layers\.(\d+)\.(.*)\.(weight|bias)$/.exec(name) ?? [];
  const found = layer === undefined ? global[name] : modules[module] && `blk.${layer}.${modules[module]}.${kind}`;
  if (found === undefined) throw new Error(`${name} has no name in GGUF`);
  return found;
}

/** The tokens of `byteTokenizer`: an end, bytes, and names for nothing. */
function byteVocabulary(vocabSize: number): Record<string, GgufWriterValue> {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
  const others = Array.from({ length: vocabSize - 257 }, (_, i) => `a${257 + i}`);
  return {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'gpt-2',
    'tokenizer.ggml.tokens': ['<|end|>', ...bytes, ...others],
    'tokenizer.ggml.token_type': Int32Array.from({ length: vocabSize }, (_, id) => (id === 0 ? 3 : 1)),
    'tokenizer.ggml.merges': { type: 'string', values: [] },
    'tokenizer.ggml.eos_token_id': 0,
    'tokenizer.ggml.add_bos_token': false,
  };
}
