import type { Sequence } from '../sequence/sequence.js';
import { AnswerShares } from './answer-shares.js';

/** Predicts the cache tokens that a sequence will need: its prompt, and an answer as long as its caller's usually are. */
export class UsagePrediction {
  private readonly shares = new AnswerShares();

  learn({ caller, generated, maxNewTokens }: Sequence): void {
    this.shares.learn(caller, generated / maxNewTokens);
  }

  tokens({ caller, promptTokens, generated, maxNewTokens }: Sequence): number {
    const predicted = Math.ceil(this.shares.of(caller) * maxNewTokens);
    return promptTokens.length + Math.max(Math.min(generated + 1, maxNewTokens), predicted);
  }
}
