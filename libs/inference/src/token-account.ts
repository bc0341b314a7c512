import type { GenerationEvent, RequestCost } from '@frontier/batching';
import type { Reservation } from '@frontier/rate-limit';

/** Settles the tokens that were reserved for a request with those that were computed for it. */
export class TokenAccount {
  private promptTokens = 0;
  private readonly answerTokens: number[] = [];

  constructor(
    private readonly reservation: Reservation | undefined,
    private readonly cost: RequestCost,
    signal: AbortSignal,
  ) {
    // Who has left may never read on.
    if (reservation) signal.addEventListener('abort', () => this.settle(), { once: true });
  }

  /** Passes events on, and counts their tokens until they end. */
  async *charge(
    events: AsyncGenerator<GenerationEvent, void, undefined>,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    try {
      for await (const event of events) {
        this.note(event);
        yield event;
      }
    } finally {
      this.settle();
    }
  }

  /** Gives back what was not used. */
  settle(): void {
    this.reservation?.settle(this.promptTokens + this.answerTokens.reduce((sum, tokens) => sum + tokens, 0));
  }

  private note({ index, generated, finished }: GenerationEvent): void {
    this.promptTokens = finished?.usage.promptTokens ?? (this.promptTokens || this.cost.promptTokens);
    this.answerTokens[index] = generated;
  }
}
