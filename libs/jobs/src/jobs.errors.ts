import { AppError } from '@frontier/errors';
import type { OwnerLimits } from './job-queue.js';

/** There is no job with this id, or it is somebody else's. */
export function jobNotFound(id: string): AppError {
  return new AppError(`There is no job "${id}".`, { code: 'job_not_found', status: 404 });
}

/** What is asked for does not go together with where the job is in its life. */
export function jobConflict(message: string): AppError {
  return new AppError(message, { code: 'job_conflict', status: 409 });
}

/** Nothing can be promised now. */
export function jobsUnavailable(cause: unknown): AppError {
  return new AppError('Jobs cannot be stored now. Nothing was accepted; try again later.', {
    code: 'jobs_unavailable',
    status: 503,
    retryable: true,
    retryAfterMs: 5000,
    cause,
  });
}

/** An owner keeps all that one may. */
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

/** A caller follows as many jobs as it may. */
export function tooManyFollowers(count: number): AppError {
  return new AppError(`You follow jobs with ${count} requests, the most that one caller may now. End some of them.`, {
    code: 'rate_limit_exceeded',
    status: 429,
    retryable: true,
    retryAfterMs: 5000,
  });
}

/** The storage must not be used: it would lose jobs, or was written by another version. */
export function jobsStorageRefused(message: string): AppError {
  return new AppError(message, { code: 'jobs_storage_refused', status: 500 });
}

/** A job without somebody who could sign what is sent about it. */
export function callbackUnsigned(): AppError {
  return secretInvalid('it is needed, since the server has no WEBHOOK_HMAC_SECRET');
}

/** A secret that nothing can be signed with. */
export function callbackSecretInvalid(): AppError {
  return secretInvalid('what follows whsec_ must be base64');
}

function secretInvalid(detail: string): AppError {
  return new AppError(`The request is invalid: /callback_secret: ${detail}.`, {
    code: 'invalid_request',
    status: 422,
    errors: [{ pointer: '/callback_secret', detail }],
  });
}
