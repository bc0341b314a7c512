import type { SerializedAppError } from '@frontier/errors';
import type { PromptLogprobs, TokenLogprobs } from '../sampler/log-probabilities.js';

/** `stop`: the model, a stop token or a stop string ended the sequence; `length`: a limit did. */
export type FinishReason = 'stop' | 'length';

/** Tokens that a request cost, special tokens included. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
  /** Prompt tokens that were not computed, because an earlier prompt began with them. */
  cachedTokens?: number;
  /** Drafted tokens that were sampled, and that were not; where any were drafted. The latter are no completion tokens. */
  predictions?: { accepted: number; rejected: number };
}

/** Durations of the phases of a request, in milliseconds. */
export interface PhaseDurations {
  queueMs: number;
  prefillMs: number;
  decodeMs: number;
}

/** The output of one step for one sequence. */
export interface SequenceOutput {
  id: string;
  /** The sequence among those of the request, from 0 on. */
  index: number;
  /** The text that this step added; empty while a character or a possible stop string is incomplete. */
  text: string;
  /** New tokens of the sequence so far. */
  generated: number;
  /** Log probabilities of the text's tokens, where the request asks for them. */
  logprobs?: TokenLogprobs[];
  /** Log probabilities of the prompt's tokens, with the first token of the request's first sequence, where it asks for them. */
  promptLogprobs?: readonly PromptLogprobs[];
  /** Set once, with the first token. */
  started?: Pick<PhaseDurations, 'queueMs' | 'prefillMs'> & Pick<Usage, 'promptTokens' | 'cachedTokens'>;
  /** Set once, with the last output of a sequence that ended well. */
  finished?: {
    reason: FinishReason;
    /** The request's stop string that ended the sequence, where one did. */
    stop?: string;
    usage: Usage;
    durations: PhaseDurations;
  };
  /** Set once, with the last output of a sequence that failed. */
  error?: SerializedAppError;
}

/** Numbers of a prefix cache since the engine began. */
export interface PrefixCacheReport {
  /** Tokens of prompts that began. */
  queriedTokens: number;
  /** Of those, tokens that were there. */
  hitTokens: number;
  bytes: number;
  evictedBlocks: number;
}

/** One step of the engine: its forward pass, and the outputs for requests. */
export interface StepReport {
  /** `verify`: several tokens of one sequence. */
  kind: 'prefill' | 'decode' | 'verify';
  /** Tokens that the pass computed; of drafted ones those that were sampled, and the next one. */
  tokens: number;
  /** Drafted tokens of a pass that verified them, and of those the ones that were sampled. */
  speculation?: { drafted: number; accepted: number };
  durationMs: number;
  /** Sequences that wait, and that run, after the step. */
  waiting: number;
  running: number;
  /** Tokens of the cache that running sequences take after the step, and that they may take. */
  cacheTokens: number;
  maxCacheTokens: number;
  /** Sequences that were preempted since the engine began. */
  preemptions: number;
  /** Set where there is a prefix cache. */
  prefixCache?: PrefixCacheReport;
  /** Requests that left the queue with this step. */
  scheduled: string[];
  /** Requests of the sequences that were preempted, and that came back, since the step before; one for each sequence. Mostly left out. */
  preempted?: string[];
  resumed?: string[];
  /** The request whose prompt the pass computed, the prompt tokens that are computed so far, and those of them that the prefix cache had. */
  prefilled?: { id: string; promptTokens: number; cachedTokens?: number };
  outputs: SequenceOutput[];
}
