import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The shape of a Llama model, in the words of its config.json. */
export interface RandomModelShape {
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  head_dim: number;
  intermediate_size: number;
  vocab_size: number;
  max_position_embeddings: number;
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

/**
 * Writes a model folder with random bfloat16 weights and a tokenizer of single bytes, the rest of the vocabulary being
 * names for nothing. Its text is noise; its speed is that of a real model of the shape.
 */
export function writeRandomModel(folder: string, shape: RandomModelShape): void {
  mkdirSync(folder, { recursive: true });
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_act: 'silu',
    tie_word_embeddings: true,
    eos_token_id: 0,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    ...shape,
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(byteTokenizer(shape.vocab_size)));
  writeFileSync(join(folder, 'model.safetensors'), safetensors(tensorShapes(shape)));
}

function tensorShapes(shape: RandomModelShape): Map<string, number[]> {
  const { hidden_size: hidden, intermediate_size: intermediate, head_dim } = shape;
  const q = shape.num_attention_heads * head_dim;
  const kv = shape.num_key_value_heads * head_dim;
  const shapes = new Map([
    ['model.embed_tokens.weight', [shape.vocab_size, hidden]],
    ['model.norm.weight', [hidden]],
  ]);
  for (let layer = 0; layer < shape.num_hidden_layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    shapes.set(`${prefix}input_layernorm.weight`, [hidden]);
    shapes.set(`${prefix}post_attention_layernorm.weight`, [hidden]);
    shapes.set(`${prefix}self_attn.q_proj.weight`, [q, hidden]);
    shapes.set(`${prefix}self_attn.k_proj.weight`, [kv, hidden]);
    shapes.set(`${prefix}self_attn.v_proj.weight`, [kv, hidden]);
    shapes.set(`${prefix}self_attn.o_proj.weight`, [hidden, q]);
    shapes.set(`${prefix}mlp.gate_proj.weight`, [intermediate, hidden]);
    shapes.set(`${prefix}mlp.up_proj.weight`, [intermediate, hidden]);
    shapes.set(`${prefix}mlp.down_proj.weight`, [hidden, intermediate]);
  }
  return shapes;
}

/** Norm weights are one, matrices uniform with the variance 1 / columns. */
function safetensors(shapes: Map<string, number[]>): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of shapes) {
    const bytes = 2 * shape.reduce((a, b) => a * b);
    header[name] = { dtype: 'BF16', shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = new Uint8Array(8 + json.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  const halves = new Uint16Array(file.buffer, 8 + json.length);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  let state = 12_345;
  let at = 0;
  for (const shape of shapes.values()) {
    const scale = Math.sqrt(12 / shape.at(-1)!);
    const count = shape.reduce((a, b) => a * b);
    for (let i = 0; i < count; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      float[0] = shape.length === 1 ? 1 : (state / 2 ** 32 - 0.5) * scale;
      halves[at++] = bits[0] >>> 16;
    }
  }
  return file;
}

function byteTokenizer(vocabSize: number): unknown {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const vocab: Record<string, number> = { '<|end|>': 0 };
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) vocab[String.fromCodePoint(printable(byte) ? byte : next++)] = byte + 1;
  for (let id = 257; id < vocabSize; id++) vocab[`a${id}`] = id;
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
