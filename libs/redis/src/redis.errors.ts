import { AppError } from '@frontier/errors';

/** Redis does not reply, or its circuit breaker is open; the server falls back to its own memory. */
export function redisUnavailable(cause?: unknown): AppError {
  return new AppError('Redis is not available.', { code: 'redis_unavailable', status: 503, retryable: true, cause });
}
