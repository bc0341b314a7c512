import type { Sequence } from '../sequence.js';
import { rankOf } from './priority.js';

/** Of so many turns one goes to whoever has waited longest, so that no order of the others can starve anybody. */
const TURNS_BY_AGE = 4;

/** A token of an answer costs about as much as two of a prompt (VTC, section 3). */
const WEIGHT = { prompt: 1, answer: 2 } as const;

interface CallerAccount {
  /** Weighted tokens that the caller has been served. */
  served: number;
  /** Sequences of the caller that have not ended. */
  sequences: number;
}

/**
 * Decides whose turn it is. Classes come first, and a sequence rises by one class for each `ageingMs` that it waits.
 * Within a class, the caller who was served least comes first (Virtual Token Counter, https://arxiv.org/abs/2401.00588),
 * then who has waited longest.
 */
export class WaitingQueue {
  private readonly sequences = new Set<Sequence>();
  private readonly callers = new Map<string, CallerAccount>();
  private turns = 0;

  constructor(private readonly ageingMs: number) {}

  /** Callers with sequences that have not ended. */
  get callerCount(): number {
    return this.callers.size;
  }

  [Symbol.iterator](): IterableIterator<Sequence> {
    return this.sequences[Symbol.iterator]();
  }

  /** Opens the account of a sequence's caller, if need be. One who comes back owes what the least served one does. */
  enter({ caller }: Sequence): void {
    const account = this.callers.get(caller);
    if (account) account.sequences++;
    else {
      const served = [...this.callers.values()].map((other) => other.served);
      this.callers.set(caller, { served: served.length > 0 ? Math.min(...served) : 0, sequences: 1 });
    }
  }

  /** A sequence has ended, wherever it was. */
  leave(sequence: Sequence): void {
    this.sequences.delete(sequence);
    const account = this.account(sequence);
    if (--account.sequences === 0) this.callers.delete(sequence.caller);
  }

  /** A sequence waits from now on. */
  wait(sequence: Sequence, nowMs: number): void {
    sequence.waitingSince = nowMs;
    this.sequences.add(sequence);
  }

  charge(sequence: Sequence, kind: keyof typeof WEIGHT, tokens: number): void {
    this.account(sequence).served += WEIGHT[kind] * tokens;
  }

  /** Whose turn it is, of those that may run. */
  next(nowMs: number, mayRun: (sequence: Sequence) => boolean): Sequence | undefined {
    if (this.turns % TURNS_BY_AGE !== TURNS_BY_AGE - 1) return this.mostUrgent(nowMs, mayRun);
    return this.first(mayRun, (a, b) => a.timings.queuedAt < b.timings.queuedAt);
  }

  /** Who is next by class. */
  mostUrgent(nowMs: number, mayRun: (sequence: Sequence) => boolean): Sequence | undefined {
    return this.first(mayRun, (a, b) => this.isBefore(a, b, nowMs));
  }

  /** Takes a sequence out, with the class that its waiting has earned it. */
  take(sequence: Sequence, nowMs: number): void {
    this.sequences.delete(sequence);
    sequence.rank = this.rank(sequence, nowMs);
    sequence.waitingSince = nowMs;
    this.turns++;
  }

  /** The class of a sequence that waits, 0 being the most urgent. */
  rank({ rank, priority, waitingSince }: Sequence, nowMs: number): number {
    return Math.max(0, (rank ?? rankOf(priority)) - Math.floor((nowMs - waitingSince) / this.ageingMs));
  }

  private first(
    mayRun: (sequence: Sequence) => boolean,
    isBefore: (a: Sequence, b: Sequence) => boolean,
  ): Sequence | undefined {
    let first: Sequence | undefined;
    for (const sequence of this.sequences) {
      if (mayRun(sequence) && (!first || isBefore(sequence, first))) first = sequence;
    }
    return first;
  }

  private isBefore(a: Sequence, b: Sequence, nowMs: number): boolean {
    const byRank = this.rank(a, nowMs) - this.rank(b, nowMs);
    if (byRank !== 0) return byRank < 0;
    const byService = this.account(a).served - this.account(b).served;
    if (byService !== 0) return byService < 0;
    return a.timings.queuedAt < b.timings.queuedAt;
  }

  private account({ id, caller }: Sequence): CallerAccount {
    const account = this.callers.get(caller);
    if (!account) throw new Error(`Bug: sequence ${id} never entered.`);
    return account;
  }
}
