import { AppError } from '@frontier/errors';
import type { OwnerLimits } from './job-store.js';

/** The storage of jobs is full, locked, damaged or unreachable; nothing was accepted. */
export function jobsUnavailable(cause: unknown): AppError {
  return new AppError('Jobs cannot be stored now. Nothing was accepted; try again later.', {
    code: 'jobs_unavailable',
    status: 503,
    retryable: true,
    retryAfterMs: 5000,
    cause,
  });
}

/** The caller has as many jobs, or bytes of jobs, as one caller may. */
export function tooManyJobs(limit: keyof OwnerLimits, limits: OwnerLimits): AppError {
  const [what, how] =
    limit === 'open'
      ? [`${limits.open} jobs that have not ended`, 'Wait until some have ended, or cancel some.']
      : [
          `${Math.floor(limits.bytes / 2 ** 20)} MiB of jobs`,
          'Those that ended are forgotten in time; ask for smaller ones.',
        ];
  return new AppError(`You keep ${what}, the most that one caller may. ${how}`, {
    code: 'rate_limit_exceeded',
    status: 429,
    retryable: true,
    retryAfterMs: 30_000,
  });
}

/** The storage of jobs would lose jobs, or was written by a newer version; it ends the start. */
export function jobsStorageRefused(message: string): AppError {
  return new AppError(message, { code: 'jobs_storage_refused', status: 500 });
}
