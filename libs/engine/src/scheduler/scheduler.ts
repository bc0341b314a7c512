import { overloaded } from '../errors/engine.errors.js';
import type { ModelRunner } from '../runner/model-runner.js';
import type { Sequence } from '../sequence/sequence.js';
import { CacheBudget, type CacheLimits, isPrefilled, rowsOf } from './cache-budget.js';
import { CallerAccounts, MAX_LEAD_MS } from './caller-accounts.js';
import { type ChunkOptions, chunkTokensAt, MIN_CHUNK_TOKENS, nextChunkTokens } from './prefill-chunks.js';
import { rankOf } from '../sequence/priority.js';
import { WaitingQueue } from './waiting-queue.js';

export interface SchedulerOptions extends CacheLimits {
  /** Sequences that wait at most. */
  maxWaiting: number;
  /** How prompts are cut; a chunk is what may be computed between two decode passes. */
  chunks: ChunkOptions;
  /** Which of the running sequences decode together. */
  layout: Pick<ModelRunner, 'arrange'>;
  /** A sequence that waits rises by one class for each of these. */
  ageingMs: number;
}

/** What the next pass of the model computes. */
export type Step = DecodeStep | PrefillStep;

/** One token for each sequence of a group. */
export interface DecodeStep {
  kind: 'decode';
  sequences: readonly Sequence[];
}

/** The prompt tokens `[from, to)` of one sequence. */
export interface PrefillStep {
  kind: 'prefill';
  sequence: Sequence;
  from: number;
  to: number;
}

/**
 * Decides what runs next. A sequence waits, is prefilled, and decodes; it has a slot from the start of its prefill on.
 * Decode comes first: between two rounds, in which every decoding sequence gets a token, at most one chunk of prompts,
 * or several shorter prompts, is computed.
 *
 * Sequences are let in by the cache that they will probably need. When they turn out to need more than there is, or
 * when one of a better class waits, the last one of the worst class is preempted: it waits again, and keeps its slot
 * with all that was computed, outside of the batch.
 */
export class Scheduler {
  private readonly accounts = new CallerAccounts();
  private readonly queue: WaitingQueue;
  /** In the order in which they started. */
  private readonly prefilling = new Set<Sequence>();
  private readonly decoding = new Set<Sequence>();
  private readonly budget: CacheBudget;
  private readonly freeSlots: number[] = [];
  private usedSlots = 0;
  /** The chunks, and parts of chunks, computed while decoding sequences wait for their next pass. */
  private prefilledSinceDecode = 0;
  /** Sequences that decode before anything else does: groups whose turn it is in this round. */
  private round: Sequence[][] = [];
  private preemptionCount = 0;

  constructor(private readonly options: SchedulerOptions) {
    if (options.chunks.chunkTokens < MIN_CHUNK_TOKENS) {
      throw new RangeError(`Chunks must have at least ${MIN_CHUNK_TOKENS} tokens.`);
    }
    this.queue = new WaitingQueue(options.ageingMs, this.accounts);
    this.budget = new CacheBudget(options);
  }

  /** Sequences that wait: new and preempted ones, and those that will share a new one's prompt. */
  get waiting(): number {
    let count = 0;
    for (const sequence of this.queue) count += rowsOf(sequence);
    return count;
  }

  get running(): number {
    return this.budget.rows(this.active());
  }

  /** How often a sequence was preempted so far. */
  get preemptions(): number {
    return this.preemptionCount;
  }

  /** Cache tokens of the running sequences, those of prompts that are not complete included. */
  get cacheTokens(): number {
    return this.budget.used(this.active());
  }

  /** @throws `overloaded` when the queue is full */
  add(sequence: Sequence, nowMs: number): void {
    const { maxWaiting } = this.options;
    if (this.waiting + rowsOf(sequence) > maxWaiting) throw overloaded(maxWaiting);
    for (const { caller } of [sequence, ...sequence.siblings]) this.accounts.enter(caller);
    this.queue.wait(sequence, nowMs);
  }

  /** The next pass, or `undefined` when there is nothing to do. */
  schedule(nowMs: number): Step | undefined {
    const next = this.nextOfRound();
    if (next) return next;
    this.preemptOverflow(nowMs);
    this.admit(nowMs);
    const chunk = this.nextChunk(nowMs);
    if (this.decoding.size === 0) return chunk;
    const moved = this.beginRound();
    const share = chunk && (chunk.to - chunk.from) / chunkTokensAt(chunk.from, this.options.chunks);
    // Moving sequences takes the time of a chunk.
    if (share && !moved && this.prefilledSinceDecode + share <= 1 && !this.mustGiveWay(chunk.sequence)) {
      this.prefilledSinceDecode += share;
      this.round = [];
      return chunk;
    }
    this.prefilledSinceDecode = 0;
    return this.nextOfRound();
  }

  /**
   * Notes that a prefill pass is done.
   * @returns the sequences that can choose their first token, if the prompt is complete: the one that was prefilled, and
   * its siblings, whose slots must become copies of its slot
   */
  completePrefill({ sequence, to }: PrefillStep): Sequence[] {
    sequence.prefilled = to;
    if (to < sequence.promptTokens.length) return [];
    this.prefilling.delete(sequence);
    const ready = [sequence, ...sequence.siblings];
    for (const member of ready) {
      member.prefilled = to;
      member.rank = sequence.rank;
      member.slot ??= this.takeSlot();
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
    this.accounts.leave(sequence.caller);
    this.queue.delete(sequence);
    this.prefilling.delete(sequence);
    this.decoding.delete(sequence);
    const { slot } = sequence;
    if (slot !== undefined) this.freeSlots.push(slot);
    sequence.slot = undefined;
    return slot;
  }

  /** Throws if the books do not agree; for tests. */
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
    if (slots.length + this.freeSlots.length !== this.usedSlots) throw new Error('A slot has leaked.');
    if (all.length === 0 && this.accounts.size > 0) throw new Error('A caller has leaked.');
  }

  /** Lets sequences in while there is room for them, or can be made. */
  private admit(nowMs: number): void {
    for (;;) {
      const mayRun = this.admission();
      const next = this.queue.next(nowMs, mayRun);
      if (!next) return;
      if (this.start(next, nowMs)) continue;
      // One that waits for room keeps others of its class from taking it, but not more urgent ones, nor those who exchange it.
      const urgent = this.queue.mostUrgent(nowMs, mayRun)!;
      const isMoreUrgent = this.queue.rank(urgent, nowMs) < this.queue.rank(next, nowMs);
      if (urgent === next || !this.start(urgent, nowMs, isMoreUrgent ? 'any' : 'exchanged')) return;
    }
  }

  /** New sequences come in only while those that have begun, preempted ones too, hold little more than twice the budget. */
  private admission(): (sequence: Sequence) => boolean {
    const preempted = [...this.queue].filter(({ slot }) => slot !== undefined);
    const room = 2 * this.options.maxCacheTokens - this.budget.used([...this.active(), ...preempted]);
    return (sequence) => sequence.slot !== undefined || this.budget.used([sequence]) <= room;
  }

  /**
   * Lets a sequence run, if it can.
   * @param room `exchanged`: only in the place of others
   */
  private start(sequence: Sequence, nowMs: number, room: 'any' | 'exchanged' = 'any'): boolean {
    const rank = this.queue.rank(sequence, nowMs);
    const prompts = isPrefilled(sequence) ? [] : [...this.prefilling];
    // One prompt at a time; a more urgent one may overtake, and so may one of another caller, who was served less.
    const mayOvertake = prompts.every(({ caller }) => this.isBehind(sequence.caller, caller));
    if (!mayOvertake && prompts.some((other) => this.queue.rank(other, nowMs) <= rank)) return false;
    const victims = this.victimsFor(sequence);
    if (!victims || (room === 'exchanged' && victims.length === 0)) return false;
    for (const victim of victims) this.preempt(victim, nowMs);
    this.queue.take(sequence, nowMs);
    sequence.slot ??= this.takeSlot();
    (isPrefilled(sequence) ? this.decoding : this.prefilling).add(sequence);
    return true;
  }

  /** Whom to preempt so that a sequence can run: often nobody; `undefined` when it cannot run now. */
  private victimsFor(next: Sequence): Sequence[] | undefined {
    const staying = new Set(this.active());
    const victims: Sequence[] = [];
    const candidates = this.worstFirst().filter((sequence) => sequence.rank! > rankOf(next.priority));
    while (!this.budget.fits(next, [...staying])) {
      const victim = candidates.shift() ?? this.beyondItsShare(next, [...staying]);
      if (!victim) return undefined;
      victims.push(victim);
      staying.delete(victim);
    }
    return victims;
  }

  /**
   * The newest sequence of the caller that holds most of the batch or the cache, if that is more than an equal share: where all of it is
   * taken, one who holds less need not wait until an answer ends. Nobody's, where the caller of `next` would then hold as much: so every
   * exchange makes the largest part smaller, and none is undone.
   */
  private beyondItsShare(next: Sequence, running: readonly Sequence[]): Sequence | undefined {
    const share = 1 / this.accounts.size;
    const byCaller = Map.groupBy(running, ({ caller }) => caller);
    const own = this.budget.share([...(byCaller.get(next.caller) ?? []), next]);
    byCaller.delete(next.caller);
    const [most] = [...byCaller.values()].toSorted((a, b) => this.budget.share(b) - this.budget.share(a));
    if (!most || this.budget.share(most) <= Math.max(share, own)) return undefined;
    // By the class that they asked for: none that was earned by waiting is a reason to hold more than a share.
    return most.findLast(({ priority }) => rankOf(priority) >= rankOf(next.priority));
  }

  /** Whether a caller was served less than another, who has begun. */
  private isBehind(caller: string, other: string): boolean {
    return caller !== other && this.accounts.servedMs(caller) < this.accounts.servedMs(other);
  }

  /** Whether a prompt must wait because its caller has had more engine time than another one, whose answers are being written. */
  private mustGiveWay({ caller, priority }: Sequence): boolean {
    const mostMs = this.accounts.servedMs(caller) - MAX_LEAD_MS;
    for (const other of this.decoding) {
      if (rankOf(other.priority) <= rankOf(priority) && this.accounts.servedMs(other.caller) < mostMs) return true;
    }
    return false;
  }

  /** Keeps the next pass within the cache budget, in which the best sequence always fits alone. */
  private preemptOverflow(nowMs: number): void {
    const candidates = this.worstFirst();
    while (candidates.length > 1 && this.budget.isExceeded(this.active())) {
      this.preempt(candidates.shift()!, nowMs);
    }
  }

  private preempt(sequence: Sequence, nowMs: number): void {
    this.preemptionCount++;
    this.prefilling.delete(sequence);
    this.decoding.delete(sequence);
    this.queue.wait(sequence, nowMs);
  }

  /** Lets every decoding sequence have its turn; returns whether the runner had to move some for that. */
  private beginRound(): boolean {
    const bySlot = new Map([...this.decoding].map((sequence) => [sequence.slot!, sequence]));
    const { groups, moved } = this.options.layout.arrange([...bySlot.keys()]);
    this.round = groups.map((slots) => slots.map((slot) => bySlot.get(slot)!));
    return moved;
  }

  private nextOfRound(): DecodeStep | undefined {
    for (let group = this.round.shift(); group; group = this.round.shift()) {
      const sequences = group.filter((sequence) => this.decoding.has(sequence));
      if (sequences.length === 0) continue;
      return { kind: 'decode', sequences };
    }
    return undefined;
  }

  private nextChunk(nowMs: number): PrefillStep | undefined {
    let sequence: Sequence | undefined;
    for (const other of this.prefilling) {
      if (!sequence || this.isMoreUrgent(other, sequence, nowMs)) sequence = other;
    }
    if (!sequence) return undefined;
    const from = sequence.prefilled;
    const tokens = nextChunkTokens(sequence.promptTokens.length, from, this.options.chunks);
    return { kind: 'prefill', sequence, from, to: from + tokens };
  }

  private isMoreUrgent(a: Sequence, b: Sequence, nowMs: number): boolean {
    const byRank = this.queue.rank(a, nowMs) - this.queue.rank(b, nowMs);
    return byRank < 0 || (byRank === 0 && this.isBehind(a.caller, b.caller));
  }

  private active(): Sequence[] {
    return [...this.prefilling, ...this.decoding];
  }

  /** The running sequences: worst class first, in it the one that came last. */
  private worstFirst(): Sequence[] {
    return this.active().toSorted((a, b) => b.rank! - a.rank! || b.timings.queuedAt - a.timings.queuedAt);
  }

  private takeSlot(): number {
    return this.freeSlots.pop() ?? this.usedSlots++;
  }
}
