import type { SamplingParams } from '../sampler/sampling-params.js';
import type { Priority } from './priority.js';

/** One prompt to continue. */
export interface GenerationRequest {
  /** Names the request in outputs and cancellations; unique among those that are not finished. */
  id: string;
  /** Token ids, special tokens included. */
  prompt: Int32Array | readonly number[];
  /** Default for each field: the model's, then that of {@link DEFAULT_SAMPLING_PARAMS}. */
  params?: Partial<SamplingParams>;
  /** Sequences that continue the prompt, which is computed once; default 1. With a seed, each samples with the next one. */
  n?: number;
  /** Prompts share keys and values in the prefix cache only with those of the same salt; default: none. */
  cacheSalt?: string;
  /** Default `normal`. */
  priority?: Priority;
  /** The principal of the request: within a priority, callers are served in turn. */
  caller?: string;
}
