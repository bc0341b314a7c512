import type { Priority } from '@frontier/engine';
import { overloaded } from '../generation/batching.errors.js';
import type { PendingRequests } from './pending-requests.js';
import type { RequestCost } from './output-length-estimator.js';
import type { QueueTimeEstimator } from './queue-time-estimator.js';

/** Admits requests to the queue, or refuses them at once when waiting would be in vain. */
export class AdmissionController {
  constructor(
    private readonly pending: PendingRequests,
    private readonly queueTime: QueueTimeEstimator,
  ) {}

  /**
   * Returns where a request may enter the queue.
   * @param maxWaitMs the caller's longest wait for its turn
   * @throws `overloaded` with the time after which there is probably room
   */
  admit({ caller, answers, promptTokens, maxTokens }: RequestCost, priority: Priority, maxWaitMs: number): void {
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
    const waitMs = this.queueTime.estimateMs(pending, priority, caller, promptTokens);
    if (waitMs > maxWaitMs) {
      throw overloaded(`the wait would be ${Math.ceil(waitMs / 1000)} s`, waitMs - maxWaitMs);
    }
  }

  /** The time until a request of the caller would begin, had it been admitted now. */
  retryAfterMs(priority: Priority, caller: string): number {
    return this.queueTime.estimateMs(this.pending, priority, caller);
  }
}
