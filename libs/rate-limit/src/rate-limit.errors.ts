import { AppError } from '@frontier/errors';
import type { WindowState } from './sliding-window.js';

function exceeded(message: string, retryAfterMs?: number): AppError {
  const retryable = retryAfterMs !== undefined;
  return new AppError(message, { code: 'rate_limit_exceeded', status: 429, retryable, retryAfterMs });
}

/** The client has used up its requests or tokens of the window. */
export function rateLimitExceeded(unit: 'requests' | 'tokens', { limit, windowMs, nextMs }: WindowState): AppError {
  const quota = `${limit} ${unit} in ${windowMs / 1000} s`;
  // What can never be allowed is not worth another try.
  if (nextMs === Infinity) return exceeded(`This request alone needs more than your limit of ${quota}. Ask for less.`);
  return exceeded(`Your limit of ${quota} is reached. Try again in ${Math.ceil(nextMs / 1000)} s.`, nextMs);
}

/** The client has too many requests running. */
export function tooManyConcurrent(limit: number): AppError {
  return exceeded(`Your limit of ${limit} requests at once is reached. Wait until one has ended.`, 1000);
}
