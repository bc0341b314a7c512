/** Limits of a model's queue, which callers share: one alone may fill it, and none below an equal share is refused for others. */
export interface QueueLimits {
  /** Answers that wait at most. */
  maxRequests: number;
  /** Tokens that waiting requests may need together, prompts and answers at their longest; default: no limit. */
  maxTokens?: number;
  /** A request that has waited this long fails. */
  timeoutMs: number;
}
