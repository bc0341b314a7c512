import type { Sequence } from '../sequence/sequence.js';
import type { CallerAccounts } from './caller-accounts.js';
import { priorityLevel } from '../sequence/priority.js';

/** After so much engine time a turn goes to whoever has waited longest, so that no order of the others can starve anybody. */
const OLDEST_EVERY_MS = 500;

/**
 * Decides which waiting sequence is next. Priorities come first, and a sequence rises by one level for each `ageingMs` that it waits.
 * Within a level, the caller who was served least comes first, then the sequence that has waited longest.
 */
export class WaitingQueue {
  private readonly sequences = new Set<Sequence>();
  /** The engine time at which the next turn by age is due, and the sequence that has it. */
  private oldestAtMs = OLDEST_EVERY_MS;
  private due: Sequence | undefined;

  constructor(
    private readonly ageingMs: number,
    private readonly accounts: CallerAccounts,
  ) {}

  [Symbol.iterator](): IterableIterator<Sequence> {
    return this.sequences[Symbol.iterator]();
  }

  /** Removes a sequence that does not wait any longer. */
  delete(sequence: Sequence): void {
    this.sequences.delete(sequence);
  }

  /** Adds a sequence, which waits from now on. */
  enqueue(sequence: Sequence, nowMs: number): void {
    sequence.waitingSince = nowMs;
    this.sequences.add(sequence);
  }

  /** The next sequence of those that may run. */
  next(nowMs: number, mayRun: (sequence: Sequence) => boolean): Sequence | undefined {
    if (this.accounts.totalMs < this.oldestAtMs) return this.mostUrgent(nowMs, mayRun);
    this.due = this.first(mayRun, (a, b) => a.timings.queuedAt < b.timings.queuedAt);
    return this.due;
  }

  /** The next sequence by priority. */
  mostUrgent(nowMs: number, mayRun: (sequence: Sequence) => boolean): Sequence | undefined {
    return this.first(mayRun, (a, b) => this.isBefore(a, b, nowMs));
  }

  /** Removes a sequence that runs now, with the priority that its waiting has earned. */
  dequeue(sequence: Sequence, nowMs: number): void {
    if (sequence === this.due) {
      this.due = undefined;
      this.oldestAtMs = this.accounts.totalMs + OLDEST_EVERY_MS;
    }
    this.sequences.delete(sequence);
    sequence.effectivePriority = this.effectivePriority(sequence, nowMs);
    sequence.waitingSince = nowMs;
  }

  /**
   * The priority of a waiting sequence as a number, 0 being the most urgent. Those of a caller that has had more engine time than others
   * do not rise: a caller that asks for much always has some that wait for long.
   */
  effectivePriority({ effectivePriority, priority, waitingSince, caller }: Sequence, nowMs: number): number {
    if (this.accounts.isAhead(caller)) return priorityLevel(priority);
    return Math.max(
      0,
      (effectivePriority ?? priorityLevel(priority)) - Math.floor((nowMs - waitingSince) / this.ageingMs),
    );
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
    const byPriority = this.effectivePriority(a, nowMs) - this.effectivePriority(b, nowMs);
    if (byPriority !== 0) return byPriority < 0;
    const byService = this.accounts.servedMs(a.caller) - this.accounts.servedMs(b.caller);
    if (byService !== 0) return byService < 0;
    return a.timings.queuedAt < b.timings.queuedAt;
  }
}
