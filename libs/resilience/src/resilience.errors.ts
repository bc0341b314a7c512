import { AppError } from '@frontier/errors';

/** Refusal of a call while the guarded resource, which failed too often, has time to recover. */
export function circuitOpen(name: string, retryAfterMs: number): AppError {
  return new AppError(`"${name}" has failed repeatedly and is given time to recover. Try again later.`, {
    code: 'circuit_open',
    status: 503,
    retryable: true,
    retryAfterMs,
  });
}
