/** The weight of the newest answer. */
const LEARNING_RATE = 0.05;
/** Callers that are remembered; those whose answers ended longest ago are forgotten. */
const MAX_CALLERS = 1000;

/**
 * The share that recent answers of a caller had of the new tokens that they might have, beginning with all. By caller, so that nobody's
 * answers mislead what is expected of others.
 */
export class AnswerShares {
  private readonly shares = new Map<string, number>();

  /** From 0 to 1. */
  of(caller: string): number {
    return this.shares.get(caller) ?? 1;
  }

  /** Notes an answer that has ended; `share` from 0 to 1. */
  learn(caller: string, share: number): void {
    const known = this.of(caller);
    this.shares.delete(caller);
    this.shares.set(caller, known + LEARNING_RATE * (share - known));
    if (this.shares.size > MAX_CALLERS) this.shares.delete(this.shares.keys().next().value!);
  }
}
