import type { PoolingMode } from '../chain/pooling.js';
import type { DenseActivation } from '../chain/dense-layer.js';
import type { AnyEncoderConfig } from '../config/headless-decoder-config.js';
import type { EncoderInfo } from '../encoder-types.js';
import type { EncoderHead } from '../families/encoder-family.js';

/** A `Dense` module behind the pooling. */
export interface DenseModule {
  type: 'dense';
  /** The folder of its `model.safetensors`. */
  folder: string;
  inputSize: number;
  outputSize: number;
  isBiased: boolean;
  activation: DenseActivation;
}

/** The modules after the transformer, which `modules.json` lists. */
export interface ModuleChain {
  pooling: readonly PoolingMode[];
  /** False if the prompt's tokens do not count. */
  includesPrompt: boolean;
  modules: readonly (DenseModule | { type: 'normalize' })[];
}

/** Properties of an encoder that its files say. */
export type EncoderFacts = Pick<
  EncoderInfo,
  'task' | 'labels' | 'multiLabel' | 'activation' | 'matryoshka' | 'prompts' | 'defaultPrompt' | 'similarity'
>;

/** An encoder, as its folder describes it. */
export interface EncoderDescription {
  /** The folder of the transformer: its `config.json`, weights and tokenizer. */
  folder: string;
  config: AnyEncoderConfig;
  facts: EncoderFacts;
  /** The longest text, in tokens, special tokens included, where nothing else is asked for. */
  maxTokens: number;
  /** The longest text by the model's files. */
  longestTokens: number;
  /** The head of a classifier; without it, the model embeds. */
  head?: EncoderHead;
  /** The chain of an embedder. */
  chain?: ModuleChain;
  /** Texts become lower case before they become tokens. */
  lowersCase: boolean;
  /** Deviations from the files, and what they leave open. */
  warnings: string[];
}
