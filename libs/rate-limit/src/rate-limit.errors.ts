import { AppError } from '@frontier/errors';
import type { WindowState } from './store/sliding-window.js';

/** Refusal by a window that is used up, with its state for the response headers. */
export class RateLimitError extends AppError {
  constructor(
    message: string,
    retryAfterMs: number | undefined,
    readonly unit: 'requests' | 'tokens',
    readonly state: WindowState,
  ) {
    super(message, {
      code: 'rate_limit_exceeded',
      status: 429,
      retryable: retryAfterMs !== undefined,
      retryAfterMs,
    });
  }
}

/** The caller has used up its requests or tokens of the window; no retry helps where the request alone exceeds the limit. */
export function rateLimitExceeded(unit: 'requests' | 'tokens', state: WindowState): RateLimitError {
  const { limit, windowMs, nextMs } = state;
  const quota = `${limit} ${unit} in ${windowMs / 1000} s`;
  // What can never be allowed is not worth another try.
  if (nextMs === Infinity) {
    const message = `This request alone needs more than your limit of ${quota}. Ask for less.`;
    return new RateLimitError(message, undefined, unit, state);
  }
  const message = `Your limit of ${quota} is reached. Try again in ${Math.ceil(nextMs / 1000)} s.`;
  return new RateLimitError(message, nextMs, unit, state);
}

/** The caller has as many requests running as its limit allows. */
export function tooManyConcurrent(limit: number): AppError {
  return new AppError(`Your limit of ${limit} requests at once is reached. Wait until one has ended.`, {
    code: 'rate_limit_exceeded',
    status: 429,
    retryable: true,
    retryAfterMs: 1000,
  });
}
