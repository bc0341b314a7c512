import { priorityLevel } from '../sequence/priority.js';
import type { Sequence } from '../sequence/sequence.js';
import type { CacheBudget } from './cache-budget.js';
import type { CallerAccounts } from './caller-accounts.js';

/** Selects the running sequences that make room for others. */
export class PreemptionPolicy {
  constructor(
    private readonly budget: CacheBudget,
    private readonly accounts: CallerAccounts,
  ) {}

  /** The sequences to preempt so that `next` can run: often none; `undefined` where it cannot run now. */
  victimsFor(next: Sequence, running: readonly Sequence[]): Sequence[] | undefined {
    const staying = new Set(running);
    const victims: Sequence[] = [];
    const level = priorityLevel(next.priority);
    const candidates = worstFirst(running).filter((sequence) => sequence.effectivePriority! > level);
    while (!this.budget.fits(next, [...staying])) {
      const victim = candidates.shift() ?? this.beyondItsShare(next, [...staying]);
      if (!victim) return undefined;
      victims.push(victim);
      staying.delete(victim);
    }
    return victims;
  }

  /** The sequences to preempt so that the next pass stays within the cache budget, in which the best always fits alone. */
  overflow(running: readonly Sequence[]): Sequence[] {
    const staying = new Set(running);
    const victims: Sequence[] = [];
    for (const candidate of worstFirst(running)) {
      if (staying.size <= 1 || !this.budget.isExceeded([...staying])) break;
      victims.push(candidate);
      staying.delete(candidate);
    }
    return victims;
  }

  /**
   * The newest sequence of the caller that holds most of the batch or the cache, if that is more than an equal share: where all of it is
   * taken, a caller that holds less need not wait until a sequence ends. None, where the caller of `next` would then hold as much: so every
   * exchange makes the largest part smaller, and none is undone.
   */
  private beyondItsShare(next: Sequence, running: readonly Sequence[]): Sequence | undefined {
    const share = 1 / this.accounts.size;
    const byCaller = Map.groupBy(running, ({ caller }) => caller);
    const own = this.budget.share([...(byCaller.get(next.caller) ?? []), next]);
    byCaller.delete(next.caller);
    const [most] = [...byCaller.values()].toSorted((a, b) => this.budget.share(b) - this.budget.share(a));
    if (!most || this.budget.share(most) <= Math.max(share, own)) return undefined;
    // By the priority that they asked for: none that was earned by waiting is a reason to hold more than a share.
    return most.findLast(({ priority }) => priorityLevel(priority) >= priorityLevel(next.priority));
  }
}

/** Sequences by priority, the lowest first, of equal ones the newest first. */
function worstFirst(running: readonly Sequence[]): Sequence[] {
  return running.toSorted(
    (a, b) => b.effectivePriority! - a.effectivePriority! || b.timings.queuedAt - a.timings.queuedAt,
  );
}
