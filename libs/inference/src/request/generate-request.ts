import type { Priority, SamplingParams } from '@frontier/engine';
import type { CacheDirectives } from './cache-directives.js';
import type { Principal } from './principal.js';

/** A prompt and its parameters, and settings that do not change the answer: principal, priority, cache. */
export interface GenerateRequest {
  /** A model's name or alias; default: the server's default model. */
  model?: string;
  /** A text, or token ids that are taken as they are. */
  prompt: string | readonly number[];
  /** Tokens of the work that made the prompt's ids of a text, about: what a request costs that comes to nothing; default: none. */
  textTokens?: number;
  /** Whether a text gets the special tokens that the model expects around it; default true. */
  addSpecialTokens?: boolean;
  /** Tokens of a longer prompt that are kept, the last ones; default: all. */
  truncatePromptTokens?: number;
  /** Fields that are left out take the model's own default, then that of `DEFAULT_SAMPLING_PARAMS`. */
  params?: Partial<SamplingParams>;
  /** Answers to the prompt; default 1. */
  n?: number;
  /** Default: the principal's class, else `normal`. */
  priority?: Priority;
  /** Its prompt shares keys and values with earlier prompts of the same salt alone. */
  cacheSalt?: string;
  principal?: Principal;
  cache?: CacheDirectives;
}
