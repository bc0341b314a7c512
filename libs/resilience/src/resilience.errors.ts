import { AppError } from '@frontier/errors';

/** The circuit breaker of the model, or of another guarded resource, is open after repeated faults. */
export function circuitOpen(name: string, retryAfterMs: number): AppError {
  return new AppError(`"${name}" has failed repeatedly and is given time to recover. Try again later.`, {
    code: 'circuit_open',
    status: 503,
    retryable: true,
    retryAfterMs,
  });
}
