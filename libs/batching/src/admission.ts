import type { Priority } from '@frontier/engine';
import { overloaded } from './batching.errors.js';
import type { PendingRequests } from './pending-requests.js';
import type { RequestCost } from './request-cost.js';
import type { WaitPrediction } from './wait-prediction.js';

/** What may wait for one model. */
export interface QueueLimits {
  /** Answers that wait at most. */
  maxRequests: number;
  /** Tokens that waiting requests may need together, prompts and answers at their longest; default: no limit. */
  maxTokens?: number;
  /** A request that has waited this long fails. */
  timeoutMs: number;
}

/** Lets requests into the queue, or refuses them at once when waiting would be in vain. */
export class Admission {
  constructor(
    private readonly limits: QueueLimits,
    private readonly pending: PendingRequests,
    private readonly wait: WaitPrediction,
  ) {}

  /**
   * @param maxWaitMs how long the caller would wait
   * @param entering answers that were let in, and whose prompts are not tokens yet
   * @throws `overloaded` with the time after which there is probably room
   */
  assertRoom(cost: RequestCost, priority: Priority, maxWaitMs: number, entering = 0): void {
    const { pending, limits } = this;
    const { maxRequests, maxTokens = Infinity } = limits;
    const waiting = pending.waiting + entering;
    if (waiting === 0) return;
    if (waiting + cost.answers > maxRequests) {
      throw overloaded(`${waiting} requests are waiting already`, this.retryAfterMs(priority));
    }
    if (pending.waitingTokens + cost.maxTokens > maxTokens) {
      const tokens = Math.round(pending.waitingTokens);
      throw overloaded(`the waiting requests may need ${tokens} tokens already`, this.retryAfterMs(priority));
    }
    const waitMs = this.wait.predictMs(pending, priority);
    if (waitMs > maxWaitMs) {
      throw overloaded(`the wait would be ${Math.ceil(waitMs / 1000)} s`, waitMs - maxWaitMs);
    }
  }

  /** When a request that comes now would begin, had it been let in. */
  retryAfterMs(priority: Priority): number {
    return this.wait.predictMs(this.pending, priority);
  }
}
