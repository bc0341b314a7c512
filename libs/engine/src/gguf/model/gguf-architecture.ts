import { modelUnsupported } from '../../errors/engine.errors.js';
import type { GgufMetadata } from '../gguf-metadata.js';

/** An architecture as `general.architecture` names it, and how its files differ from those of Hugging Face. */
export interface GgufArchitecture {
  /** Its keys in the metadata begin with it. */
  name: string;
  /** The architecture that Hugging Face's `config.json` names. */
  huggingFace: string;
  /** True if rows of q and k are interleaved: row 2i + a of a head is row a * d / 2 + i in Hugging Face's weights. */
  interleaved: boolean;
  /** Normalisations of a layer that have other names in this architecture than in most: Hugging Face's name, then GGUF's. */
  norms: Readonly<Record<string, string>>;
}

const LLAMA_NORMS = { input_layernorm: 'attn_norm', post_attention_layernorm: 'ffn_norm' };
const OUTPUT_NORMS = {
  post_attention_layernorm: 'post_attention_norm',
  post_feedforward_layernorm: 'post_ffw_norm',
};

/** The architectures that are served (gguf-py, `MODEL_ARCH_NAMES`). Mistral's files say `llama`. */
const ARCHITECTURES: readonly GgufArchitecture[] = [
  { name: 'llama', huggingFace: 'LlamaForCausalLM', interleaved: true, norms: LLAMA_NORMS },
  { name: 'qwen2', huggingFace: 'Qwen2ForCausalLM', interleaved: false, norms: LLAMA_NORMS },
  { name: 'qwen3', huggingFace: 'Qwen3ForCausalLM', interleaved: false, norms: LLAMA_NORMS },
  {
    name: 'gemma3',
    huggingFace: 'Gemma3ForCausalLM',
    interleaved: false,
    norms: { input_layernorm: 'attn_norm', pre_feedforward_layernorm: 'ffn_norm', ...OUTPUT_NORMS },
  },
  { name: 'phi3', huggingFace: 'Phi3ForCausalLM', interleaved: false, norms: LLAMA_NORMS },
  { name: 'granite', huggingFace: 'GraniteForCausalLM', interleaved: true, norms: LLAMA_NORMS },
  { name: 'olmo2', huggingFace: 'Olmo2ForCausalLM', interleaved: false, norms: OUTPUT_NORMS },
  { name: 'smollm3', huggingFace: 'SmolLM3ForCausalLM', interleaved: true, norms: LLAMA_NORMS },
];

/** Names of the architectures of GGUF files that are served. */
export function servedGgufs(): string[] {
  return ARCHITECTURES.map(({ name }) => name);
}

/** Files beside a model, by `general.type`, and what to do with them. */
const OTHER_TYPES: ReadonlyMap<string, string> = new Map([
  ['adapter', 'an adapter (LoRA). Merge it into its base model first'],
  ['mmproj', 'the vision part of a model (mmproj). Take the file of the language model'],
  ['imatrix', 'statistics for quantising a model. Take the file of the model'],
]);

/**
 * The architecture of a file.
 * @throws `model_unsupported` naming the file, and what it is instead
 */
export function readGgufArchitecture(metadata: GgufMetadata): GgufArchitecture {
  const { path } = metadata;
  const name = metadata.string('general.architecture');
  const other = OTHER_TYPES.get(name === 'clip' ? 'mmproj' : (metadata.string('general.type') ?? ''));
  if (other !== undefined) throw modelUnsupported(`${path} is ${other}.`);
  const found = ARCHITECTURES.find((architecture) => architecture.name === name);
  if (found) return found;
  const supported = servedGgufs().join(', ');
  throw modelUnsupported(
    name === undefined
      ? `${path}: the metadata do not say the architecture ("general.architecture"). Take a file of a model in one of ${supported}.`
      : `${path}: architecture ${JSON.stringify(name)} is not supported; supported are ${supported}.`,
  );
}
