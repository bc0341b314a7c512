import { overloaded } from '../errors/engine.errors.js';
import type { PrefixCache } from '../prefix-cache/prefix-cache.js';
import type { BatchPlanner } from '../runner/model-runner.js';
import { priorityLevel } from '../sequence/priority.js';
import type { Sequence } from '../sequence/sequence.js';
import { CacheBudget, type CacheLimits, isPrefilled, rowsOf } from './cache-budget.js';
import { CallerAccounts, MAX_LEAD_MS } from './caller-accounts.js';
import { DecodeRound } from './decode-round.js';
import type { ChunkOptions } from './prefill-chunks.js';
import { PrefillPlanner } from './prefill-planner.js';
import { PreemptionPolicy } from './preemption-policy.js';
import { SequenceMoves } from './sequence-moves.js';
import { SlotAllocator } from './slot-allocator.js';
import { completes, type PrefillStep, type Step } from './step.js';
import { WaitingQueue } from './waiting-queue.js';

export interface SchedulerOptions extends CacheLimits {
  /** Sequences that wait at most. */
  maxWaiting: number;
  /** Sizes of chunks: the part of a prompt that may be computed between two decode rounds. */
  chunks: ChunkOptions;
  /** Divides the decoding sequences among passes. */
  batchPlanner: BatchPlanner;
  /** Keys and values of earlier prompts. */
  prefixCache?: Pick<PrefixCache, 'availableTokens'>;
  /** A waiting sequence rises by one priority after each of these. */
  ageingMs: number;
}

/**
 * Decides the next step, and moves no keys and values for that. A sequence waits, is prefilled, and decodes; it has a slot from the start of its prefill
 * on. Decode comes first: between two rounds, in which every decoding sequence without a draft gets a token, at most one chunk of prompts or one draft is computed.
 *
 * Sequences are admitted by the cache that they will probably need. When they turn out to need more than there is, or
 * when one of a higher priority waits, the last one of the lowest priority is preempted: it waits again, and keeps its slot
 * with all that was computed, outside of the batch.
 */
export class Scheduler {
  private readonly accounts = new CallerAccounts();
  private readonly queue: WaitingQueue;
  readonly moves = new SequenceMoves();
  /** In the order in which they started. */
  private readonly prefilling = new Set<Sequence>();
  private readonly decoding = new Set<Sequence>();
  private readonly budget: CacheBudget;
  private readonly preemption: PreemptionPolicy;
  private readonly slots = new SlotAllocator();
  private readonly prefills: PrefillPlanner;
  /** Chunks, in parts of one, computed since the last decode round. */
  private prefilledSinceDecode = 0;
  /** The round whose groups decode before anything else does. */
  private readonly round: DecodeRound;

  constructor(private readonly options: SchedulerOptions) {
    this.prefills = new PrefillPlanner(options.chunks, options.prefixCache);
    this.queue = new WaitingQueue(options.ageingMs, this.accounts);
    this.budget = new CacheBudget(options);
    this.preemption = new PreemptionPolicy(this.budget, this.accounts);
    this.round = new DecodeRound(options.batchPlanner);
  }

  /** Waiting sequences: new and preempted ones, and siblings that will share a new one's prompt. */
  get waiting(): number {
    let count = 0;
    for (const sequence of this.queue) count += rowsOf(sequence);
    return count;
  }

  get running(): number {
    return this.budget.rows(this.active());
  }

  /** Cache tokens of the running sequences, those of prompts that are not complete included. */
  get cacheTokens(): number {
    return this.budget.used(this.active());
  }

  /** @throws `overloaded` when the queue is full */
  add(sequence: Sequence, nowMs: number): void {
    const { maxWaiting } = this.options;
    if (this.waiting + rowsOf(sequence) > maxWaiting) throw overloaded(maxWaiting);
    for (const { caller } of [sequence, ...sequence.siblings]) this.accounts.register(caller);
    this.queue.enqueue(sequence, nowMs);
  }

  /** The next step, or `undefined` when there is nothing to do. */
  schedule(nowMs: number): Step | undefined {
    const next = this.round.next(this.decoding);
    if (next) return next;
    for (const victim of this.preemption.overflow(this.active())) this.preempt(victim, nowMs);
    this.admit(nowMs);
    const chunk = this.nextChunk(nowMs);
    if (this.decoding.size === 0) return chunk;
    this.round.begin(this.decoding, this.prefilledSinceDecode === 0);
    // Moving sequences takes the time of a chunk.
    const isFree = !this.round.draftsWait && !this.round.relocates;
    if (chunk && isFree && !this.mustGiveWay(chunk.sequence)) {
      this.prefilledSinceDecode += this.prefills.shareOf(chunk);
      this.round.drop();
      return chunk;
    }
    this.prefilledSinceDecode = 0;
    return this.round.next(this.decoding);
  }

  /**
   * Notes that a prefill step is done.
   * @returns the sequences that can sample their first token, if the prompt is complete: the one that was prefilled, and
   * its siblings, whose slots must become copies of its slot
   */
  completePrefill(step: PrefillStep): Sequence[] {
    const { sequence, from, to, stages } = step;
    sequence.cachedTokens += from - sequence.prefilled;
    sequence.prefilled = completes(step) ? to : from;
    sequence.piece = completes(step) ? undefined : { to, stages: stages.to };
    if (sequence.piece) return [];
    if (to < sequence.promptTokens.length) return [];
    this.prefilling.delete(sequence);
    const ready = [sequence, ...sequence.siblings];
    for (const member of ready) {
      member.prefilled = to;
      member.cachedTokens = sequence.cachedTokens;
      member.effectivePriority = sequence.effectivePriority;
      member.slot ??= this.slots.allocate();
      this.decoding.add(member);
    }
    return ready;
  }

  /** Notes engine time that was spent on a sequence. */
  charge({ caller }: Sequence, durationMs: number): void {
    this.accounts.charge(caller, durationMs);
  }

  /**
   * Takes a sequence out, wherever it is.
   * @returns the slot that it had, which must be freed before the next pass
   */
  remove(sequence: Sequence): number | undefined {
    if (sequence.finishReason) this.budget.learn(sequence);
    this.accounts.unregister(sequence.caller);
    this.queue.delete(sequence);
    this.prefilling.delete(sequence);
    this.decoding.delete(sequence);
    const { slot } = sequence;
    if (slot !== undefined) this.slots.free(slot);
    sequence.slot = undefined;
    return slot;
  }

  /** Throws if the state is inconsistent; for tests. */
  checkIntegrity(): void {
    const { maxBatchSize, maxCacheTokens } = this.options;
    const active = this.active();
    const all = [...active, ...this.queue];
    if (new Set(all).size !== all.length) throw new Error('A sequence is scheduled twice.');
    if (this.budget.rows(active) > maxBatchSize) throw new Error('The batch is larger than its limit.');
    if (this.cacheTokens > maxCacheTokens) throw new Error('The cache budget is exceeded.');
    if (active.some(({ slot }) => slot === undefined)) throw new Error('A running sequence has no slot.');
    const slots = all.map(({ slot }) => slot).filter((slot) => slot !== undefined);
    if (new Set(slots).size !== slots.length) throw new Error('Two sequences share a slot.');
    if (slots.length !== this.slots.used) throw new Error('A slot has leaked.');
    if (all.length === 0 && this.accounts.size > 0) throw new Error('A caller has leaked.');
  }

  /** Starts waiting sequences while there is room for them, or room can be made. */
  private admit(nowMs: number): void {
    for (;;) {
      const mayRun = this.admissionTest();
      const next = this.queue.next(nowMs, mayRun);
      if (!next) return;
      if (this.start(next, nowMs)) continue;
      // One that waits for room keeps others of its class from taking it, but not more urgent ones, nor those who exchange it.
      const urgent = this.queue.mostUrgent(nowMs, mayRun)!;
      const isMoreUrgent = this.queue.effectivePriority(urgent, nowMs) < this.queue.effectivePriority(next, nowMs);
      if (urgent === next || !this.start(urgent, nowMs, isMoreUrgent ? 'any' : 'exchanged')) return;
    }
  }

  /** New sequences come in only while those that have begun, preempted ones too, hold little more than twice the budget. */
  private admissionTest(): (sequence: Sequence) => boolean {
    const preempted = [...this.queue].filter(({ slot }) => slot !== undefined);
    const room = 2 * this.options.maxCacheTokens - this.budget.used([...this.active(), ...preempted]);
    return (sequence) => sequence.slot !== undefined || this.budget.used([sequence]) <= room;
  }

  /**
   * Starts a sequence, if it can run.
   * @param room `exchanged`: only in the place of others
   */
  private start(sequence: Sequence, nowMs: number, room: 'any' | 'exchanged' = 'any'): boolean {
    const level = this.queue.effectivePriority(sequence, nowMs);
    const prompts = isPrefilled(sequence) ? [] : [...this.prefilling];
    // One prompt at a time; a more urgent one may overtake, and so may one of another caller, who was served less.
    const mayOvertake = prompts.every(({ caller }) => this.isBehind(sequence.caller, caller));
    if (!mayOvertake && prompts.some((other) => this.queue.effectivePriority(other, nowMs) <= level)) return false;
    const victims = this.preemption.victimsFor(sequence, this.active());
    if (!victims || (room === 'exchanged' && victims.length === 0)) return false;
    for (const victim of victims) this.preempt(victim, nowMs);
    this.queue.dequeue(sequence, nowMs);
    if (sequence.slot === undefined) sequence.slot = this.slots.allocate();
    else this.moves.noteResumed(sequence);
    (isPrefilled(sequence) ? this.decoding : this.prefilling).add(sequence);
    return true;
  }

  /** True if a caller was served less than another one with running sequences. */
  private isBehind(caller: string, other: string): boolean {
    return caller !== other && this.accounts.servedMs(caller) < this.accounts.servedMs(other);
  }

  /** True if a prompt must wait because its caller has had more engine time than the caller of a decoding sequence. */
  private mustGiveWay({ caller, priority }: Sequence): boolean {
    const mostMs = this.accounts.servedMs(caller) - MAX_LEAD_MS;
    for (const other of this.decoding) {
      if (priorityLevel(other.priority) > priorityLevel(priority)) continue;
      if (this.accounts.servedMs(other.caller) < mostMs) return true;
    }
    return false;
  }

  private preempt(sequence: Sequence, nowMs: number): void {
    this.moves.notePreempted(sequence);
    this.prefilling.delete(sequence);
    this.decoding.delete(sequence);
    this.queue.enqueue(sequence, nowMs);
  }

  private nextChunk(nowMs: number): PrefillStep | undefined {
    let sequence: Sequence | undefined;
    for (const other of this.prefilling) {
      if (!sequence || this.isMoreUrgent(other, sequence, nowMs)) sequence = other;
    }
    if (!sequence) return undefined;
    return this.prefills.next(sequence, this.decoding.size === 0 ? undefined : 1 - this.prefilledSinceDecode);
  }

  private isMoreUrgent(a: Sequence, b: Sequence, nowMs: number): boolean {
    const difference = this.queue.effectivePriority(a, nowMs) - this.queue.effectivePriority(b, nowMs);
    return difference < 0 || (difference === 0 && this.isBehind(a.caller, b.caller));
  }

  private active(): Sequence[] {
    return [...this.prefilling, ...this.decoding];
  }
}
