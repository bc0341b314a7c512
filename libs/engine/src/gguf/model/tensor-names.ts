import type { GgufArchitecture } from './gguf-architecture.js';

/** Names outside of layers: Hugging Face's, then GGUF's (gguf-py, tensor_mapping.py). */
const GLOBAL: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
};

/** Names within a layer. */
const LAYER: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.qkv_proj': 'attn_qkv',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.gate_up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** The name that a tensor of Hugging Face's implementation has in a GGUF file; `undefined` where it has none. */
export function ggufTensorName(name: string, { norms }: GgufArchitecture): string | undefined {
  const [, module, kind] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
  if (module === undefined) return undefined;
  const [, layer, inLayer] = /^model\.layers\.(\d+)\.(.*)$/.exec(module) ?? [];
  const found = inLayer === undefined ? GLOBAL[module] : (LAYER[inLayer] ?? norms[inLayer]);
  if (found === undefined) return undefined;
  return inLayer === undefined ? `${found}.${kind}` : `blk.${layer}.${found}.${kind}`;
}
