import type { Sequence } from '../sequence.js';

/** The weight of the newest answer. */
const LEARNING_RATE = 0.05;

/**
 * Predicts the cache tokens that a sequence will need: its prompt and, of the new tokens that it may have, the share
 * that recent answers had of theirs, beginning with all.
 */
export class UsagePrediction {
  private share = 1;

  learn({ generated, maxNewTokens }: Sequence): void {
    this.share += LEARNING_RATE * (generated / maxNewTokens - this.share);
  }

  tokens({ promptTokens, generated, maxNewTokens }: Sequence): number {
    return promptTokens.length + Math.max(Math.min(generated + 1, maxNewTokens), Math.ceil(this.share * maxNewTokens));
  }
}
