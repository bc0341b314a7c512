import type { Priority, SamplingParams } from '@frontier/engine';

/** Who asks. */
export interface RequestCaller {
  /** Keeps callers apart: their turns in the queue, their cached answers, their tokens. */
  id: string;
  /** Names or aliases of the models that they may use; default: all. */
  models?: readonly string[];
  /** The class of their requests, which may ask for a lower one. */
  priority?: Priority;
  /** Tokens in any minute; default: the server's limit. */
  tokensPerMinute?: number;
}

/** What a request says about cached answers; each may be left out. */
export interface CacheDirectives {
  /** The answer must be computed now. */
  noCache?: boolean;
  /** The answer must neither come from the cache, nor be kept or shared. */
  noStore?: boolean;
  /** A cached answer must not be older. */
  maxAgeMs?: number;
}

/** What to generate, and what must not change the answer: who asks, how urgently, for how long, with what cache. */
export interface GenerateRequest {
  /** A model's name or alias; default: the server's default model. */
  model?: string;
  /** A text, or token ids that are taken as they are. */
  prompt: string | readonly number[];
  /** Whether a text gets the special tokens that the model expects around it; default true. */
  addSpecialTokens?: boolean;
  /** Of a longer prompt, keeps so many tokens, the last ones; default: all. */
  truncatePromptTokens?: number;
  /** What is left out takes the model's own default, then that of `DEFAULT_SAMPLING_PARAMS`. */
  params?: Partial<SamplingParams>;
  /** Answers to the prompt; default 1. */
  n?: number;
  /** Default: the caller's class, else `normal`. */
  priority?: Priority;
  caller?: RequestCaller;
  /** How long the caller would wait for his turn. His signal says how long for the answer. */
  maxWaitMs?: number;
  cache?: CacheDirectives;
}
