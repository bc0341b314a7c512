import { AppError } from '@frontier/errors';

/** What a circuit breaker guards has failed too often; calls are refused until it has had time to recover. */
export function circuitOpen(name: string, retryAfterMs: number): AppError {
  return new AppError(`"${name}" has failed repeatedly and is given time to recover. Try again later.`, {
    code: 'circuit_open',
    status: 503,
    retryable: true,
    retryAfterMs,
  });
}
