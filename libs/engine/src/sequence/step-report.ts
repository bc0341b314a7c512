import type { SerializedAppError } from '@frontier/errors';
import type { TokenLogprobs } from '../sampler/log-probabilities.js';

/** `stop`: the model, a stop token or a stop string ended the answer; `length`: a limit did. */
export type FinishReason = 'stop' | 'length';

/** Tokens that a request cost, special tokens included. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
}

/** How long the phases of a request took, in milliseconds. */
export interface PhaseDurations {
  queueMs: number;
  prefillMs: number;
  decodeMs: number;
}

/** What one step did for one request. */
export interface SequenceOutput {
  id: string;
  /** Which of the request's answers, from 0 on. */
  index: number;
  /** The text that this step added; empty while a character or a possible stop string is incomplete. */
  text: string;
  /** New tokens of the answer so far. */
  generated: number;
  /** How likely the tokens of the text were, where the request asks for that. */
  logprobs?: TokenLogprobs[];
  /** Set once, with the answer's first token. */
  started?: Pick<PhaseDurations, 'queueMs' | 'prefillMs'> & Pick<Usage, 'promptTokens'>;
  /** Set once, with the last output of an answer that ended well. */
  finished?: { reason: FinishReason; usage: Usage; durations: PhaseDurations };
  /** Set once, with the last output of an answer that failed. */
  error?: SerializedAppError;
}

/** One pass of the model: what it computed, and what it did for whom. */
export interface StepReport {
  kind: 'prefill' | 'decode';
  /** Tokens that the pass computed. */
  tokens: number;
  durationMs: number;
  /** Sequences that wait, and that run, after the step. */
  waiting: number;
  running: number;
  /** Tokens of the cache that running sequences take after the step, and that they may take. */
  cacheTokens: number;
  maxCacheTokens: number;
  /** Sequences that were preempted since the engine began. */
  preemptions: number;
  /** Requests that left the queue with this step. */
  scheduled: string[];
  /** The request whose prompt the pass computed, and how far it is. */
  prefilled?: { id: string; promptTokens: number };
  outputs: SequenceOutput[];
}
