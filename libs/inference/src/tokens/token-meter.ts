import type { Generation } from '@frontier/batching';
import type { TokenReservation } from './token-limiter.js';

/** Settles the tokens that were reserved for a request with those that were computed for it. */
export class TokenMeter {
  private isSettled = false;

  constructor(private readonly reservation: TokenReservation | undefined) {}

  /**
   * An observer of the request's reader. It settles when nothing more is read, also when the caller has left: with all
   * tokens computed until then, read or not, however many others follow the generation.
   */
  observe(generation: Pick<Generation, 'usage'>): { onEnd(): void } {
    return { onEnd: () => void this.settle(generation) };
  }

  /** Releases all: nothing was computed. */
  cancel(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.reservation?.settle(0);
  }

  private async settle(generation: Pick<Generation, 'usage'>): Promise<void> {
    if (this.isSettled) return;
    this.isSettled = true;
    // All readers that end with the same signal leave first: then it is known whether any follows it still.
    await Promise.resolve();
    const { promptTokens, completionTokens } = await generation.usage();
    this.reservation?.settle(promptTokens + completionTokens);
  }
}
