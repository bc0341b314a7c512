import type { GenerationEvent, RequestCost } from '@frontier/batching';
import type { Reservation } from '@frontier/rate-limit';

/** Settles the tokens that were reserved for a request with those that were computed for it. */
export class TokenAccount {
  private promptTokens = 0;
  private readonly answerTokens: number[] = [];

  constructor(
    private readonly reservation: Reservation | undefined,
    private readonly cost: RequestCost,
  ) {}

  /** Something was computed for the request. A piece of an answer that is not complete is taken for a token. */
  note({ index, finished }: GenerationEvent): void {
    this.promptTokens = finished?.usage.promptTokens ?? (this.promptTokens || this.cost.promptTokens);
    this.answerTokens[index] = finished?.usage.completionTokens ?? (this.answerTokens[index] ?? 0) + 1;
  }

  /** The request has ended. */
  settle(): void {
    this.reservation?.settle(this.promptTokens + this.answerTokens.reduce((sum, tokens) => sum + tokens, 0));
  }
}
