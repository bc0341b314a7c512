/** The weight of the newest output. */
const LEARNING_RATE = 0.05;
/** Callers that are remembered; those whose outputs ended longest ago are forgotten. */
const MAX_CALLERS = 1000;

/**
 * Estimates the length of outputs as a share of the new tokens that a request allows, beginning with all. By caller, so that
 * the outputs of one caller teach nothing about another's.
 */
export class OutputShareEstimator {
  private readonly shares = new Map<string, number>();

  /** From 0 to 1. */
  shareOf(caller: string): number {
    return this.shares.get(caller) ?? 1;
  }

  /** Learns from an output that has ended; `share` from 0 to 1. */
  learn(caller: string, share: number): void {
    const known = this.shareOf(caller);
    this.shares.delete(caller);
    this.shares.set(caller, known + LEARNING_RATE * (share - known));
    if (this.shares.size > MAX_CALLERS) this.shares.delete(this.shares.keys().next().value!);
  }
}
