import { AppError } from '@frontier/errors';

/** 503: Redis does not reply, or has failed so often that its breaker is open. */
export function redisUnavailable(cause?: unknown): AppError {
  return new AppError('Redis is not available.', { code: 'redis_unavailable', status: 503, retryable: true, cause });
}
