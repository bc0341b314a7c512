import type { Principal } from '../request/principal.js';

/** State of a principal's token limit. */
export interface TokenLimitState {
  allowed: boolean;
  limit: number;
  windowMs: number;
  /** Tokens that may still be taken now. */
  remaining: number;
  /** Until something taken earlier leaves the window; for a refused request, until it would be allowed. */
  nextMs: number;
  /** Until all of it has left. */
  resetMs: number;
}

/** Tokens reserved before it is known how many are needed. */
export interface TokenReservation {
  state: TokenLimitState;
  /** Corrects the amount to the tokens that were needed; 0 releases all. */
  settle(tokens: number): void;
}

/** Limits the tokens of principals; `TokenLimiter` of `@frontier/rate-limit` is one. */
export interface TokenLimiter {
  /**
   * Reserves the tokens that a request may need.
   * @returns `undefined` where the principal has no limit
   * @throws `rate_limit_exceeded`
   */
  reserve(principal: Principal, tokens: number): Promise<TokenReservation | undefined>;
}
