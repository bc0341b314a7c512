import { overloaded } from '../engine.errors.js';
import type { Sequence } from '../sequence.js';
import { MIN_CHUNK_TOKENS, nextChunkTokens } from './prefill-chunks.js';

export interface SchedulerOptions {
  /** Sequences that run at once; each has a slot. */
  maxBatchSize: number;
  /** Sequences that wait at most. */
  maxWaiting: number;
  /** Prompt tokens of one pass, and between two decode passes; bounds the gap between two tokens of a stream. */
  prefillChunkTokens: number;
  /** Cache tokens that the running sequences may need together at most. */
  maxCacheTokens: number;
}

/** What the next pass of the model computes. */
export type Step = DecodeStep | PrefillStep;

/** One token for each sequence; a sequence's index is its slot. */
export interface DecodeStep {
  kind: 'decode';
  sequences: readonly Sequence[];
}

/** The prompt tokens `[from, to)` of one sequence. */
export interface PrefillStep {
  kind: 'prefill';
  sequence: Sequence;
  slot: number;
  from: number;
  to: number;
}

/** A sequence that changes its slot. */
export interface SlotMove {
  from: number;
  to: number;
}

/**
 * Decides what runs next. Sequences wait in order of arrival; decoding sequences fill the slots from 0 on without gaps,
 * and at most one sequence, in the slot after them, is being prefilled. Decode comes first: between two decode passes
 * at most `prefillChunkTokens` of prompts are computed.
 */
export class Scheduler {
  private readonly waitingQueue: Sequence[] = [];
  private readonly decoding: Sequence[] = [];
  private prefilling: Sequence | undefined;
  /** Prompt tokens computed while decoding sequences wait for their next pass. */
  private prefilledSinceDecode = 0;
  private cacheTokens = 0;

  constructor(private readonly options: SchedulerOptions) {
    if (options.prefillChunkTokens < MIN_CHUNK_TOKENS) {
      throw new RangeError(`prefillChunkTokens must be at least ${MIN_CHUNK_TOKENS}.`);
    }
  }

  /** Cache tokens that the running sequences may need together at most. */
  get maxCacheTokens(): number {
    return this.options.maxCacheTokens;
  }

  get waiting(): number {
    return this.waitingQueue.length;
  }

  get running(): number {
    return this.decoding.length + (this.prefilling ? 1 : 0);
  }

  /** @throws `overloaded` when the queue is full */
  add(sequence: Sequence): void {
    const { maxWaiting } = this.options;
    if (this.waitingQueue.length >= maxWaiting) throw overloaded(maxWaiting);
    this.waitingQueue.push(sequence);
  }

  isWaiting(sequence: Sequence): boolean {
    return this.waitingQueue.includes(sequence);
  }

  /** The next pass, or `undefined` when there is nothing to do. */
  schedule(): Step | undefined {
    this.admit();
    const chunk = this.nextChunk();
    if (this.decoding.length === 0) return chunk;
    if (chunk && this.prefilledSinceDecode + chunk.to - chunk.from <= this.options.prefillChunkTokens) {
      this.prefilledSinceDecode += chunk.to - chunk.from;
      return chunk;
    }
    this.prefilledSinceDecode = 0;
    return { kind: 'decode', sequences: this.decoding };
  }

  /** Notes that a prefill pass is done. Returns whether the whole prompt is: it decodes then, in the slot that it has. */
  completePrefill({ sequence, to }: PrefillStep): boolean {
    sequence.prefilled = to;
    if (to < sequence.promptTokens.length) return false;
    this.decoding.push(sequence);
    this.prefilling = undefined;
    return true;
  }

  /**
   * Takes a sequence out, wherever it is. Its slot must be freed and then the moves made, in order, before the next
   * pass: the last decoding sequence fills the gap, and the one that is being prefilled follows.
   */
  remove(sequence: Sequence): { freed: number | undefined; moves: SlotMove[] } {
    const waitingIndex = this.waitingQueue.indexOf(sequence);
    if (waitingIndex !== -1) {
      this.waitingQueue.splice(waitingIndex, 1);
      return { freed: undefined, moves: [] };
    }
    const last = this.decoding.length - 1;
    this.cacheTokens -= sequence.maxTokens;
    if (sequence === this.prefilling) {
      this.prefilling = undefined;
      return { freed: last + 1, moves: [] };
    }
    const slot = this.decoding.indexOf(sequence);
    if (slot === -1) throw new Error(`Bug: sequence ${sequence.id} is not scheduled.`);
    const moves: SlotMove[] = [];
    if (slot !== last) moves.push({ from: last, to: slot });
    if (this.prefilling) moves.push({ from: last + 1, to: last });
    this.decoding[slot] = this.decoding[last];
    this.decoding.pop();
    return { freed: slot, moves };
  }

  /** Throws if the books do not agree; for tests. */
  checkIntegrity(): void {
    const running = [...this.decoding, ...(this.prefilling ? [this.prefilling] : [])];
    const all = [...running, ...this.waitingQueue];
    if (new Set(all).size !== all.length) throw new Error('A sequence is scheduled twice.');
    if (running.length > this.options.maxBatchSize) throw new Error('The batch is larger than its limit.');
    const cacheTokens = running.reduce((sum, sequence) => sum + sequence.maxTokens, 0);
    if (cacheTokens !== this.cacheTokens) throw new Error('The cache budget does not match the running sequences.');
    if (cacheTokens > this.options.maxCacheTokens) throw new Error('The cache budget is exceeded.');
  }

  /** Lets the first waiting sequence run if there is a slot and room in the cache for all that it may need. */
  private admit(): void {
    const first = this.waitingQueue[0];
    if (!first || this.prefilling || this.running >= this.options.maxBatchSize) return;
    if (this.cacheTokens + first.maxTokens > this.options.maxCacheTokens) return;
    this.waitingQueue.shift();
    this.cacheTokens += first.maxTokens;
    this.prefilling = first;
  }

  private nextChunk(): PrefillStep | undefined {
    const sequence = this.prefilling;
    if (!sequence) return undefined;
    const from = sequence.prefilled;
    const tokens = nextChunkTokens(sequence.promptTokens.length, from, this.options.prefillChunkTokens);
    return { kind: 'prefill', sequence, slot: this.decoding.length, from, to: from + tokens };
  }
}
