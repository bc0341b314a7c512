import type { SerializedAppError } from '@frontier/errors';
import type { Priority } from '../sequence/priority.js';

/** One text, or a pair of texts, as tokens. */
export interface EncoderInput {
  /** Token ids, special tokens included. */
  tokens: Int32Array;
  /** The type of each token, for models that tell the texts of a pair apart; default: all 0. */
  typeIds?: Uint8Array;
  /** Tokens at the start, of a prompt, that pooling leaves out where the model says so. */
  promptTokens?: number;
}

/** The result of an encoder that a request wants. */
export type EncoderOutput = 'vector' | 'tokens' | 'logits';

/** Inputs of one caller that are computed by an encoder. */
export interface EncoderRequest {
  /** Names the request in reports and cancellations; unique among those that are not finished. */
  id: string;
  /** The principal of the request: within a priority, callers are served in turn. */
  caller?: string;
  /** Default `normal`. */
  priority?: Priority;
  inputs: EncoderInput[];
  /** `vector`: the model's chain (pooled, Dense, Normalize); `tokens`: one vector a token; `logits`: those of a classification head. */
  output: EncoderOutput;
}

/** Properties of a loaded encoder and of its results. */
export interface EncoderInfo {
  kind: 'encoder';
  /** `rerank`: it gives a pair of texts one score. */
  task: 'embed' | 'classify' | 'rerank';
  /** The ways in which an embedder makes one vector of those of tokens, joined in this order; as sentence-transformers names them. */
  pooling?: readonly string[];
  /** The precision of its linear layers. */
  precision: 'fp32' | 'int8';
  /** Numbers of a vector, or logits of a head. */
  outputSize: number;
  /** The longest input, in tokens, special tokens included. */
  maxTokens: number;
  /** Names of the logits, in their order. */
  labels?: string[];
  /** Labels do not exclude each other. */
  multiLabel?: boolean;
  /** The function that makes scores of logits; the caller applies it. */
  activation?: 'identity' | 'sigmoid' | 'softmax';
  /** Sizes that a vector may be cut to. */
  matryoshka?: number[] | 'any';
  /** Vectors have the length 1. */
  isNormalized: boolean;
  /** Texts that are put before others, by name. */
  prompts: Record<string, string>;
  /** The name of the prompt of texts that name none. */
  defaultPrompt?: string;
  similarity?: 'cosine' | 'dot';
}

/** The result of one input of a request; without values and error where the request had ended before. */
export interface EncoderItem {
  requestId: string;
  /** The input among those of the request, from 0 on. */
  index: number;
  /** `[outputSize]`; of `tokens` `[tokens, outputSize]` row-major. */
  values?: Float32Array;
  /** Set instead of values where the input failed, and its request with it. */
  error?: SerializedAppError;
}

/** One pass of an encoder: its cost, and the results of its inputs. */
export interface EncoderStepReport {
  /** One for each input of the pass. */
  items: EncoderItem[];
  /** Inputs of the pass. */
  rows: number;
  /** Tokens of these inputs. */
  tokens: number;
  /** Tokens that the pass computed, padding included. */
  paddedTokens: number;
  passMs: number;
  /** Inputs that wait after the pass. */
  queued: number;
}
