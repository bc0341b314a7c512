import type { RopeConfig } from './rope-config.js';

/**
 * The shape of a decoder-only language model, whatever file it was read from. All sizes are in elements; lists have an entry
 * for each layer.
 */
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
  /** The longest sequence, in tokens, that the model was made for. */
  maxPositions: number;
  tieWordEmbeddings: boolean;
  /** Which projections add a bias. */
  biases: { qkv: boolean; output: boolean; mlp: boolean };
  /** True if q, k, v and gate, up are stored as one tensor each: `qkv_proj`, `gate_up_proj` (Phi-3). */
  fusedProjections: boolean;
  /**
   * Which normalisations attention and MLP have: one of their input (Llama), one of their output (OLMo 2), or both (Gemma 3).
   */
  blockNorms: 'input' | 'output' | 'both';
  /** How queries and keys are normalised before they are rotated: each head (Qwen3, Gemma 3) or all heads at once (OLMo 2). */
  queryKeyNorm: 'none' | 'head' | 'all-heads';
  /** Added to the stored weights of all normalisations: 1 where these are the difference from one (Gemma in safetensors). */
  normOffset: 0 | 1;
  activation: 'silu' | 'gelu_tanh';
  /** `undefined` for a layer that rotates nothing (SmolLM3). */
  ropes: (RopeConfig | undefined)[];
  /** The newest positions that a token attends to, itself included; `undefined` is all. */
  windows: (number | undefined)[];
  /** Attention scores are multiplied by it: 1 / sqrt(headDim) in most families. */
  scoreScale: number;
  /** Embeddings are multiplied by it. */
  embeddingScale: number;
  /** What attention and MLP add to the residual stream is multiplied by it. */
  residualScale: number;
  logitScale: number;
  /** Tokens that end a text. */
  eosTokenIds: number[];
}
