import { AppError } from '@frontier/errors';

/** The first request with this idempotency key has not ended. */
export function idempotencyKeyInUse(): AppError {
  return new AppError('A request with this idempotency key is still running. Wait until it has ended.', {
    code: 'idempotency_key_in_use',
    status: 409,
    retryable: true,
    retryAfterMs: 1000,
  });
}

/** The idempotency key was used for another request. */
export function idempotencyKeyReused(): AppError {
  return new AppError('This idempotency key was used for another request. Use a new key for each.', {
    code: 'idempotency_key_reused',
    status: 422,
  });
}
