import type { JsonSchema } from '../grammar/schema/json-schema.js';

/** How tokens are chosen and when a sequence ends. Ranges are checked by whoever takes them from outside. */
export interface SamplingParams {
  /** New tokens at most; at least 1. */
  maxNewTokens: number;
  /** End-of-text and stop strings cannot end the sequence before this many new tokens. */
  minNewTokens: number;
  /** 0 takes the most likely token; otherwise logits are divided by it. */
  temperature: number;
  /** Keeps the k most likely tokens; 0 keeps all. */
  topK: number;
  /** Keeps the smallest set of most likely tokens whose probabilities reach this sum; 1 keeps all. */
  topP: number;
  /** Keeps tokens with at least this share of the most likely token's probability; 0 keeps all. */
  minP: number;
  /** Divides positive and multiplies negative logits of tokens already in prompt or answer; 1 is off. */
  repetitionPenalty: number;
  /** Subtracted from a token's logit once per occurrence in the answer. */
  frequencyPenalty: number;
  /** Subtracted from a token's logit if it occurs in the answer. */
  presencePenalty: number;
  /** Added to the logits of single tokens, by id. */
  logitBias: ReadonlyMap<number, number>;
  /** Makes the answer reproducible; a whole number. Without it every request draws anew. */
  seed: number | undefined;
  /** The answer ends before the first of these. */
  stop: readonly string[];
  /** The stop string that ends the answer is a part of it. */
  includeStop: boolean;
  /** The answer ends at any of these tokens. */
  stopTokenIds: readonly number[];
  /** No other tokens are chosen; undefined: all may be. */
  allowedTokenIds: readonly number[] | undefined;
  /** Special tokens have no text in the answer. */
  skipSpecialTokens: boolean;
  /** Tells each token's log probability, and those of so many of the likeliest tokens, 0 to 20; undefined: none. */
  topLogprobs: number | undefined;
  /**
   * The answer is JSON without white space that this schema describes, unless it ends early; undefined: any text. For the
   * keywords see `jsonGrammar`.
   */
  jsonSchema: JsonSchema | undefined;
  /** Keeps generating past the model's own end-of-text tokens. */
  ignoreEos: boolean;
}

/** What a request gets that asks for nothing else: 64 tokens at temperature 0.8. */
export const DEFAULT_SAMPLING_PARAMS: SamplingParams = {
  maxNewTokens: 64,
  minNewTokens: 0,
  temperature: 0.8,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  logitBias: new Map(),
  seed: undefined,
  stop: [],
  includeStop: false,
  stopTokenIds: [],
  allowedTokenIds: undefined,
  skipSpecialTokens: true,
  topLogprobs: undefined,
  jsonSchema: undefined,
  ignoreEos: false,
};
