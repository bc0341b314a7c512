import { AppError } from '@frontier/errors';

/** Redis does not answer, or has failed so often that it is not asked for a moment. */
export function redisUnavailable(cause?: unknown): AppError {
  return new AppError('Redis is not available.', { code: 'redis_unavailable', status: 503, retryable: true, cause });
}
