import type { Sequence } from '../sequence/sequence.js';
import { OutputShareEstimator } from './output-share-estimator.js';

export interface CacheLimits {
  /** Sequences that run at once. */
  maxBatchSize: number;
  /** Cache tokens of the running sequences together at most. */
  maxCacheTokens: number;
}

/** The share of batch and cache that running sequences take, now and probably later. */
export class CacheBudget {
  private readonly outputShares = new OutputShareEstimator();

  constructor(private readonly limits: CacheLimits) {}

  /** Rows of the batch. */
  rows(running: readonly Sequence[]): number {
    return sum(running, rowsOf);
  }

  /** Cache tokens, those of prompts that are not complete included. */
  used(running: readonly Sequence[]): number {
    return sum(running, (sequence) => rowsOf(sequence) * (neededTokens(sequence) - 1));
  }

  /** True if the next decode pass takes more cache than there is. */
  isExceeded(running: readonly Sequence[]): boolean {
    const needed = (sequence: Sequence): number => rowsOf(sequence) * (neededTokens(sequence) + sequence.draft.length);
    return sum(running, needed) > this.limits.maxCacheTokens;
  }

  /** True if a sequence can probably run to its end beside others. Alone, every one can. */
  fits(sequence: Sequence, others: readonly Sequence[]): boolean {
    if (others.length === 0) return true;
    const { maxBatchSize, maxCacheTokens } = this.limits;
    if (this.rows(others) + rowsOf(sequence) > maxBatchSize) return false;
    const predicted = (other: Sequence): number => rowsOf(other) * this.predictedTokens(other);
    return sum(others, predicted) + predicted(sequence) <= maxCacheTokens;
  }

  /** The part of the batch or of the cache that sequences take, whichever is larger. */
  share(sequences: readonly Sequence[]): number {
    const { maxBatchSize, maxCacheTokens } = this.limits;
    return Math.max(this.rows(sequences) / maxBatchSize, this.used(sequences) / maxCacheTokens);
  }

  /** Learns from a sequence that ended by itself. */
  learn(sequence: Sequence): void {
    this.outputShares.learn(sequence.caller, sequence.generated / sequence.maxNewTokens);
  }

  /** Cache tokens that a sequence will probably need: its prompt, and an output as long as its caller's usually are. */
  private predictedTokens({ caller, promptTokens, generated, draft, maxNewTokens }: Sequence): number {
    const predicted = Math.ceil(this.outputShares.shareOf(caller) * maxNewTokens);
    return promptTokens.length + Math.max(Math.min(generated + 1 + draft.length, maxNewTokens), predicted);
  }
}

/** Rows of a batch that a sequence takes: siblings join once its prompt is complete. */
export function rowsOf(sequence: Sequence): number {
  return isPrefilled(sequence) ? 1 : 1 + sequence.siblings.length;
}

export function isPrefilled({ prefilled, promptTokens }: Sequence): boolean {
  return prefilled === promptTokens.length;
}

/** Cache tokens of a sequence after its next decode pass, without a draft's, the first of which adds no token to the prompt's yet. */
function neededTokens({ promptTokens, generated }: Sequence): number {
  return promptTokens.length + Math.max(1, generated);
}

function sum(sequences: readonly Sequence[], value: (sequence: Sequence) => number): number {
  return sequences.reduce((total, sequence) => total + value(sequence), 0);
}
