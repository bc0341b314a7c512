import type { SamplingParams } from '../sampler/sampling-params.js';
import type { Priority } from './priority.js';

/** One prompt to continue. */
export interface GenerationRequest {
  /** Names the request in outputs and cancellations; unique among those that are not finished. */
  id: string;
  /** Token ids, special tokens included. */
  prompt: Int32Array | readonly number[];
  /** What is left out takes the model's default, then that of {@link DEFAULT_SAMPLING_PARAMS}. */
  params?: Partial<SamplingParams>;
  /** Answers to the prompt, which is computed once; default 1. With a seed, each draws from the next one. */
  n?: number;
  /** Default `normal`. */
  priority?: Priority;
  /** Whose request it is: within a class, callers are served in turn. */
  caller?: string;
}
