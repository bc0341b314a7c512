import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The shape of a model of the Llama architecture, in the words of its config.json; further fields are written as they are. */
export interface RandomModelShape {
  /** Default: LlamaForCausalLM. */
  architectures?: string[];
  /** Default: true. */
  tie_word_embeddings?: boolean;
  attention_bias?: boolean;
  mlp_bias?: boolean;
  [field: string]: unknown;
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  head_dim: number;
  intermediate_size: number;
  vocab_size: number;
  max_position_embeddings: number;
}

/** The tokens of a text for a model of {@link writeRandomModel}: its bytes. */
export function bytePrompt(text: string): number[] {
  return [...Buffer.from(text)].map((byte) => byte + 1);
}

/** SmolLM2-135M. */
export const SHAPE_135M: RandomModelShape = {
  hidden_size: 576,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  head_dim: 64,
  intermediate_size: 1536,
  vocab_size: 49_152,
  max_position_embeddings: 2048,
};

export interface RandomModelOptions {
  /** Type of the stored weights; default BF16. */
  format?: 'F32' | 'F16' | 'BF16';
  /** Files that the weights are spread over; default 1. */
  shards?: number;
  /** Texts of tokens of more than one byte, in byte-level characters; default: names for nothing. */
  tokens?: readonly string[];
}

/**
 * Writes a model folder with random weights and a tokenizer of single bytes, the rest of the vocabulary being names for
 * nothing. Its text is noise; its speed is that of a real model of the shape.
 */
export function writeRandomModel(
  folder: string,
  shape: RandomModelShape,
  { format = 'BF16', shards = 1, tokens = [] }: RandomModelOptions = {},
): void {
  mkdirSync(folder, { recursive: true });
  const config = {
    architectures: ['LlamaForCausalLM'],
    hidden_act: 'silu',
    tie_word_embeddings: true,
    eos_token_id: 0,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    ...shape,
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(byteTokenizer(shape.vocab_size, tokens)));

  const tensors = tensorShapes(shape);
  if (shards === 1) {
    writeFileSync(join(folder, 'model.safetensors'), safetensors(tensors, format));
    return;
  }
  const weight_map: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const name = `model-${shard + 1}-of-${shards}.safetensors`;
    const part = tensors.filter((_, i) => i % shards === shard);
    for (const [tensor] of part) weight_map[tensor] = name;
    writeFileSync(join(folder, name), safetensors(part, format));
  }
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
}

/** A tensor of a file of weights. */
export type NamedShape = [name: string, shape: number[]];

function tensorShapes(shape: RandomModelShape): NamedShape[] {
  const { hidden_size: hidden, intermediate_size: intermediate, head_dim } = shape;
  const [architecture = 'LlamaForCausalLM'] = shape.architectures ?? [];
  const qkvBias = shape.attention_bias === true || architecture === 'Qwen2ForCausalLM';
  const q = shape.num_attention_heads * head_dim;
  const kv = shape.num_key_value_heads * head_dim;
  const shapes: NamedShape[] = [
    ['model.embed_tokens.weight', [shape.vocab_size, hidden]],
    ['model.norm.weight', [hidden]],
  ];
  if (shape.tie_word_embeddings === false) shapes.push(['lm_head.weight', [shape.vocab_size, hidden]]);
  for (let layer = 0; layer < shape.num_hidden_layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    const projection = (name: string, rows: number, columns: number, biased = false): void => {
      shapes.push([`${prefix}${name}.weight`, [rows, columns]]);
      if (biased) shapes.push([`${prefix}${name}.bias`, [rows]]);
    };
    shapes.push([`${prefix}input_layernorm.weight`, [hidden]], [`${prefix}post_attention_layernorm.weight`, [hidden]]);
    if (architecture === 'Qwen3ForCausalLM') {
      for (const name of ['q_norm', 'k_norm']) shapes.push([`${prefix}self_attn.${name}.weight`, [head_dim]]);
    }
    projection('self_attn.q_proj', q, hidden, qkvBias);
    projection('self_attn.k_proj', kv, hidden, qkvBias);
    projection('self_attn.v_proj', kv, hidden, qkvBias);
    projection('self_attn.o_proj', hidden, q, shape.attention_bias);
    projection('mlp.gate_proj', intermediate, hidden, shape.mlp_bias);
    projection('mlp.up_proj', intermediate, hidden, shape.mlp_bias);
    projection('mlp.down_proj', hidden, intermediate, shape.mlp_bias);
  }
  return shapes;
}

/** A file of random weights: matrices are uniform with the variance 1 / columns; norm weights are around one. */
export function safetensors(tensors: NamedShape[], format: 'F32' | 'F16' | 'BF16'): Uint8Array {
  const elementBytes = format === 'F32' ? 4 : 2;
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of tensors) {
    const bytes = elementBytes * shape.reduce((a, b) => a * b);
    header[name] = { dtype: format, shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = new Uint8Array(8 + json.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  const data = new DataView(file.buffer, 8 + json.length);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  let at = 0;
  for (const [name, shape] of tensors) {
    let state = hash(name);
    const scale = Math.sqrt(12 / shape.at(-1)!);
    const count = shape.reduce((a, b) => a * b);
    for (let i = 0; i < count; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const uniform = state / 2 ** 32 - 0.5;
      float[0] = shape.length === 1 ? 1 + uniform : uniform * scale;
      if (format === 'F32') data.setFloat32(at, float[0], true);
      else if (format === 'F16') data.setFloat16(at, float[0], true);
      else data.setUint16(at, bits[0] >>> 16, true);
      at += elementBytes;
    }
  }
  return file;
}

function hash(name: string): number {
  let state = 2_166_136_261;
  for (const character of name) state = Math.imul(state ^ character.codePointAt(0)!, 16_777_619);
  return state >>> 0;
}

/** The `tokenizer.json` of single bytes and, after them, of `tokens` and names for nothing. */
export function byteTokenizer(vocabSize: number, tokens: readonly string[] = []): unknown {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const vocab: Record<string, number> = { '<|end|>': 0 };
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) vocab[String.fromCodePoint(printable(byte) ? byte : next++)] = byte + 1;
  for (let id = 257; id < vocabSize; id++) vocab[tokens[id - 257] ?? `a${id}`] = id;
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
  return {
    version: '1.0',
    added_tokens: [
      { id: 0, content: '<|end|>', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
    ],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: { type: 'BPE', vocab, merges: [], unk_token: null },
  };
}
