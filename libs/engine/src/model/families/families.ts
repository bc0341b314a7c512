import type { Family } from './family.js';
import { gemma3, gemma3Multimodal } from './gemma3.js';
import { granite } from './granite.js';
import { readWindows } from './layer-types.js';
import { llamaTraits } from './llama.js';
import { phi3 } from './phi3.js';
import { qwen2, qwen3 } from './qwen.js';
import { smolLm3 } from './smollm3.js';

const llama: Family = { traits: llamaTraits };

const mistral: Family = {
  traits: (config, common) => ({
    ...llamaTraits(config, common),
    windows: readWindows(config, common.layers, () => true),
  }),
};

/** OLMo 2 (https://arxiv.org/abs/2501.00656): outputs are normalised instead of inputs, queries and keys over all heads. */
const olmo2: Family = {
  defaults: { rms_norm_eps: 1e-5 },
  traits: (config, common) => ({
    ...llamaTraits(config, common),
    blockNorms: 'output',
    queryKeyNorm: 'all-heads',
  }),
};

/** The families by the architecture that `config.json` names. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  LlamaForCausalLM: llama,
  MistralForCausalLM: mistral,
  Qwen2ForCausalLM: qwen2,
  Qwen3ForCausalLM: qwen3,
  Gemma3ForCausalLM: gemma3,
  Gemma3ForConditionalGeneration: gemma3Multimodal,
  Phi3ForCausalLM: phi3,
  GraniteForCausalLM: granite,
  Olmo2ForCausalLM: olmo2,
  SmolLM3ForCausalLM: smolLm3,
};

/** Reasons why architectures that resemble these are refused. */
const REFUSED: readonly [RegExp, string][] = [
  [/moe|mixtral/i, 'it is a mixture of experts'],
  [/^Gemma2/, 'it caps attention scores and logits'],
  [/^Gemma3n/, 'its layers have embeddings of their own'],
  [/^Lfm2/, 'some of its layers are convolutions with a state'],
];

/** The reason why an architecture is refused, as an addition to "is not supported". */
export function reasonOfRefusal(architecture: string): string {
  const reason = REFUSED.find(([pattern]) => pattern.test(architecture))?.[1];
  return reason === undefined ? '' : ` (${reason})`;
}
