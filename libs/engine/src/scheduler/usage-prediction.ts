import type { Sequence } from '../sequence.js';

/** The weight of the newest answer. */
const LEARNING_RATE = 0.05;
/** Callers that are remembered; those whose answers ended longest ago are forgotten. */
const MAX_CALLERS = 1000;

/**
 * Predicts the cache tokens that a sequence will need: its prompt and, of the new tokens that it may have, the share
 * that recent answers of its caller had of theirs, beginning with all. By caller, so that nobody's answers mislead the others.
 */
export class UsagePrediction {
  private readonly shares = new Map<string, number>();

  learn({ caller, generated, maxNewTokens }: Sequence): void {
    const share = this.share(caller);
    this.shares.delete(caller);
    this.shares.set(caller, share + LEARNING_RATE * (generated / maxNewTokens - share));
    if (this.shares.size > MAX_CALLERS) this.shares.delete(this.shares.keys().next().value!);
  }

  tokens({ caller, promptTokens, generated, maxNewTokens }: Sequence): number {
    const predicted = Math.ceil(this.share(caller) * maxNewTokens);
    return promptTokens.length + Math.max(Math.min(generated + 1, maxNewTokens), predicted);
  }

  private share(caller: string): number {
    return this.shares.get(caller) ?? 1;
  }
}
