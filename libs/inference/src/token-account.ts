import type { Generation, GenerationEvent } from '@frontier/batching';
import type { Reservation } from '@frontier/rate-limit';

/** Settles the tokens that were reserved for a request with those that were computed for it. */
export class TokenAccount {
  private isSettled = false;

  constructor(
    private readonly reservation: Reservation | undefined,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Follows a generation, and settles when its events have ended or the caller has left: with what was computed until then, whether
   * or not the caller has read it, and whoever else follows it.
   */
  async *follow(generation: Pick<Generation, 'subscribe' | 'usage'>): AsyncGenerator<GenerationEvent, void, undefined> {
    const settle = (): void => void this.settle(generation);
    // Who has left may never read on.
    this.signal.addEventListener('abort', settle, { once: true });
    try {
      yield* generation.subscribe(this.signal);
    } finally {
      settle();
    }
  }

  /** Gives all back: nothing was computed. */
  cancel(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.reservation?.settle(0);
  }

  private async settle(generation: Pick<Generation, 'usage'>): Promise<void> {
    if (this.isSettled) return;
    this.isSettled = true;
    // All who hear of it first: then it is known whether anybody follows it still.
    await Promise.resolve();
    const { promptTokens, completionTokens } = await generation.usage();
    this.reservation?.settle(promptTokens + completionTokens);
  }
}
