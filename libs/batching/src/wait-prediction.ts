import { PRIORITIES, type Priority, type StepReport } from '@frontier/engine';
import type { PendingRequest } from './pending-requests.js';

/** The weight of a new token's time among the measured ones: the mean of the last few hundred tokens. */
const TOKEN_WEIGHT = 1 / 256;

/** Measures how fast an engine works, and predicts from that how long a new request would wait. */
export class WaitPrediction {
  private readonly msPerToken = { prefill: 0, decode: 0 };

  /** @param maxBatchSize answers that the engine computes at once at most */
  constructor(private readonly maxBatchSize: number) {}

  learn({ kind, tokens, durationMs }: StepReport): void {
    const measured = durationMs / tokens;
    const known = this.msPerToken[kind];
    this.msPerToken[kind] = known === 0 ? measured : known + Math.min(1, tokens * TOKEN_WEIGHT) * (measured - known);
  }

  /**
   * Milliseconds until a request of this class that comes now would begin: the prompts before it must be read and,
   * where the batch is full, their answers be written, after one of those that are being written has ended.
   */
  predictMs(pending: Iterable<PendingRequest>, priority: Priority): number {
    const rank = PRIORITIES.indexOf(priority);
    let running = 0;
    let waiting = 0;
    let promptTokens = 0;
    let answerTokens = 0;
    let shortestLeft = Infinity;
    for (const { request, generation, cost, open, generated } of pending) {
      // One of a lower class makes room for it, or waits behind it.
      if (PRIORITIES.indexOf(request.priority) > rank) continue;
      if (!generation.isWaiting) {
        running += open;
        shortestLeft = Math.min(shortestLeft, Math.max(1, cost.answerTokens - generated) / open);
      } else {
        waiting += cost.answers;
        promptTokens += cost.promptTokens;
        answerTokens += cost.answerTokens;
      }
    }
    const promptMs = promptTokens * this.msPerToken.prefill;
    if (running + waiting < this.maxBatchSize) return promptMs;
    const untilFree = running > 0 ? shortestLeft * running : 0;
    return promptMs + (untilFree + answerTokens) * this.msPerToken.decode;
  }
}
