import type { JsonSchema } from '../grammar/schema/json-schema.js';
import type { ToolRules } from '../tools/tool-definition.js';
import type { LogitsProcessorRequest } from '../plugin/engine-plugin.js';

/** Parameters of sampling and of the end of a sequence. Ranges are checked where they come in from outside. */
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
  /** Divides positive and multiplies negative logits of tokens already in prompt or output; 1 is off. */
  repetitionPenalty: number;
  /** Subtracted from a token's logit once per occurrence in the output. */
  frequencyPenalty: number;
  /** Subtracted from a token's logit if it occurs in the output. */
  presencePenalty: number;
  /** Added to the logits of single tokens, by id. */
  logitBias: ReadonlyMap<number, number>;
  /** The seed of the random numbers, a whole number: makes the output reproducible. Default: a random one. */
  seed: number | undefined;
  /** The output ends before the first of these. */
  stop: readonly string[];
  /** The stop string that ends the output is a part of it. */
  includeStop: boolean;
  /** The output ends at any of these tokens. */
  stopTokenIds: readonly number[];
  /** The only tokens that may be sampled; undefined: all. */
  allowedTokenIds: readonly number[] | undefined;
  /** Special tokens have no text in the output. */
  skipSpecialTokens: boolean;
  /** The number of most likely tokens that are listed with each token's log probability, 0 to 20; undefined: no log probabilities. */
  topLogprobs: number | undefined;
  /** Tokens that are listed beside the most likely ones, however likely they are. */
  logprobTokens: readonly number[];
  /** The number of most likely tokens that are listed with the log probability of each token of the prompt, 0 to 20; undefined: none of either. */
  promptLogprobs: number | undefined;
  /**
   * The output is JSON without white space that this schema describes, unless it ends early; undefined: any text. For the
   * keywords see `jsonGrammar`.
   */
  jsonSchema: JsonSchema | undefined;
  /** Calls of tools that the output may have; undefined: calls are text like any. Excludes a schema of the whole output. */
  tools: ToolRules | undefined;
  /** Special tokens that have their text in the output all the same, by that text. */
  markers: readonly string[];
  /** Keeps generating past the model's own end-of-text tokens. */
  ignoreEos: boolean;
  /** Logits processors of the model's plugin, applied in this order, before all else that changes logits; at most 8. */
  logitsProcessors: readonly LogitsProcessorRequest[];
  /**
   * Tokens that are drafted out of prompt and output and verified in one pass, 0 to {@link MAX_PROMPT_LOOKUP}; 0: none. Such passes round otherwise
   * than those of one token, so that a close choice may fall otherwise.
   */
  promptLookup: number;
}

/** The parameters of a request that names none: 64 tokens at temperature 0.8. */
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
  logprobTokens: [],
  promptLogprobs: undefined,
  jsonSchema: undefined,
  tools: undefined,
  markers: [],
  ignoreEos: false,
  logitsProcessors: [],
  promptLookup: 0,
};

/** Complete parameters: fields that a request leaves out take the model's default, then that of {@link DEFAULT_SAMPLING_PARAMS}. */
export function resolveSamplingParams(
  modelDefaults: Partial<SamplingParams> | undefined,
  params: Partial<SamplingParams> | undefined,
): SamplingParams {
  return { ...DEFAULT_SAMPLING_PARAMS, ...modelDefaults, ...params };
}
