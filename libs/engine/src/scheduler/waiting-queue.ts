import type { Sequence } from '../sequence/sequence.js';
import type { CallerAccounts } from './caller-accounts.js';
import { rankOf } from '../sequence/priority.js';

/** After so much engine time a turn goes to whoever has waited longest, so that no order of the others can starve anybody. */
const OLDEST_EVERY_MS = 500;

/**
 * Decides whose turn it is. Classes come first, and a sequence rises by one class for each `ageingMs` that it waits.
 * Within a class, the caller who was served least comes first, then who has waited longest.
 */
export class WaitingQueue {
  private readonly sequences = new Set<Sequence>();
  /** When the next turn by age is due, in engine time, and whose it is. */
  private oldestAtMs = OLDEST_EVERY_MS;
  private due: Sequence | undefined;

  constructor(
    private readonly ageingMs: number,
    private readonly accounts: CallerAccounts,
  ) {}

  [Symbol.iterator](): IterableIterator<Sequence> {
    return this.sequences[Symbol.iterator]();
  }

  /** Takes a sequence out that does not wait any longer. */
  delete(sequence: Sequence): void {
    this.sequences.delete(sequence);
  }

  /** A sequence waits from now on. */
  wait(sequence: Sequence, nowMs: number): void {
    sequence.waitingSince = nowMs;
    this.sequences.add(sequence);
  }

  /** Whose turn it is, of those that may run. */
  next(nowMs: number, mayRun: (sequence: Sequence) => boolean): Sequence | undefined {
    if (this.accounts.totalMs < this.oldestAtMs) return this.mostUrgent(nowMs, mayRun);
    this.due = this.first(mayRun, (a, b) => a.timings.queuedAt < b.timings.queuedAt);
    return this.due;
  }

  /** Who is next by class. */
  mostUrgent(nowMs: number, mayRun: (sequence: Sequence) => boolean): Sequence | undefined {
    return this.first(mayRun, (a, b) => this.isBefore(a, b, nowMs));
  }

  /** Takes a sequence out, with the class that its waiting has earned it. */
  take(sequence: Sequence, nowMs: number): void {
    if (sequence === this.due) {
      this.due = undefined;
      this.oldestAtMs = this.accounts.totalMs + OLDEST_EVERY_MS;
    }
    this.sequences.delete(sequence);
    sequence.rank = this.rank(sequence, nowMs);
    sequence.waitingSince = nowMs;
  }

  /**
   * The class of a sequence that waits, 0 being the most urgent. Those of a caller who has had more than others do not rise: one who asks
   * for much always has some that wait for long.
   */
  rank({ rank, priority, waitingSince, caller }: Sequence, nowMs: number): number {
    if (this.accounts.isAhead(caller)) return rankOf(priority);
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
    // A caller's preempted sequences go on before others of the caller begin: they hold memory.
    const hasBegun = Number(b.slot !== undefined) - Number(a.slot !== undefined);
    if (hasBegun !== 0 && a.caller === b.caller && a.priority === b.priority) return hasBegun < 0;
    const byRank = this.rank(a, nowMs) - this.rank(b, nowMs);
    if (byRank !== 0) return byRank < 0;
    const byService = this.accounts.servedMs(a.caller) - this.accounts.servedMs(b.caller);
    if (byService !== 0) return byService < 0;
    return a.timings.queuedAt < b.timings.queuedAt;
  }
}
