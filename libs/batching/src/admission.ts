import type { Priority } from '@frontier/engine';
import { overloaded } from './batching.errors.js';
import type { PendingRequests } from './pending-requests.js';
import type { RequestCost } from './request-cost.js';
import type { WaitPrediction } from './wait-prediction.js';

/** Lets requests into the queue, or refuses them at once when waiting would be in vain. */
export class Admission {
  constructor(
    private readonly pending: PendingRequests,
    private readonly wait: WaitPrediction,
  ) {}

  /**
   * @param maxWaitMs how long the caller would wait
   * @throws `overloaded` with the time after which there is probably room
   */
  assertRoom({ caller, answers, maxTokens }: RequestCost, priority: Priority, maxWaitMs: number): void {
    const { pending } = this;
    // A request that is larger than the queue waits where nothing else does.
    if (pending.waiting === 0) return;
    if (!pending.answers.hasRoomFor({ caller, amount: answers })) {
      throw overloaded(`${pending.waiting} requests are waiting already`, this.retryAfterMs(priority, caller));
    }
    if (!pending.tokens.hasRoomFor({ caller, amount: maxTokens })) {
      const reason = `the waiting requests may need ${pending.tokens.used} tokens already`;
      throw overloaded(reason, this.retryAfterMs(priority, caller));
    }
    const waitMs = this.wait.predictMs(pending, priority, caller);
    if (waitMs > maxWaitMs) {
      throw overloaded(`the wait would be ${Math.ceil(waitMs / 1000)} s`, waitMs - maxWaitMs);
    }
  }

  /** When a request of the caller that comes now would begin, had it been let in. */
  retryAfterMs(priority: Priority, caller: string): number {
    return this.wait.predictMs(this.pending, priority, caller);
  }
}
