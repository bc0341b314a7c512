/** The texts that wait for a pass. */
export interface WaitingTexts {
  texts: number;
  tokens: number;
  requests: number;
  /** The time at which the first of them came. */
  since: number;
}

/** Bounds at which a pass starts at once. */
interface FlushBounds {
  maxTexts: number;
  maxTokens: number;
  timeoutMs: number;
}

/**
 * Decides when a pass starts: as soon as it is full, by texts or tokens, or when the first text has waited for the timeout. It does not
 * wait in vain: once as many requests wait as did at the last pass, whoever could come has come. So a caller that is alone
 * waits once and never again, and callers that come back together start as soon as the last of them is there
 * (docs/decisions/0039-encoder-batches.md).
 */
export class FlushPolicy {
  /** Requests that are worth waiting for; nothing is known before the first pass. */
  private expected = Infinity;

  /** The time at which the pass starts, on the clock of `performance.now()`; 0 is at once. */
  dueAt({ texts, tokens, requests, since }: WaitingTexts, { maxTexts, maxTokens, timeoutMs }: FlushBounds): number {
    const isFull = texts >= maxTexts || tokens >= maxTokens;
    return isFull || requests >= this.expected ? 0 : since + timeoutMs;
  }

  /** Notes that a pass starts while so many requests wait, its own included. */
  onFlush({ requests }: Pick<WaitingTexts, 'requests'>): void {
    this.expected = Math.max(1, requests);
  }
}
