import { AppError } from '@frontier/errors';

/** No job has this id, or it belongs to another owner. */
export function jobNotFound(id: string): AppError {
  return new AppError(`There is no job "${id}".`, { code: 'job_not_found', status: 404 });
}

/** The status or the deliveries of the job do not allow the request. */
export function jobConflict(message: string): AppError {
  return new AppError(message, { code: 'job_conflict', status: 409 });
}

/** The output of a job has more bytes than one may. */
export function outputTooLarge(maxBytes: number): AppError {
  return new AppError(
    `The output of the job has more than ${maxBytes / 2 ** 20} MiB, the most that is kept of one. Send fewer inputs in each job.`,
    { code: 'job_output_too_large', status: 422 },
  );
}

/** The jobs of the owner leave no room for the output of this one. */
export function noRoomForOutput(cause: unknown): AppError {
  return new AppError(
    'The output of the job cannot be kept: with it, your jobs would have more bytes than those of one caller may. Those that ended are forgotten in time.',
    { code: 'job_output_too_large', status: 422, cause },
  );
}

/** The output of the job has no attachment, or there is none yet. */
export function noResponse({ id, status }: { id: string; status: string }): AppError {
  const reason =
    status === 'succeeded'
      ? 'has its output in itself, and no response of its own'
      : `is ${status}; one that has succeeded has a response`;
  return jobConflict(`The job "${id}" ${reason}.`);
}

/** The caller follows jobs with as many requests as one caller may. */
export function tooManyFollowers(count: number): AppError {
  return new AppError(`You follow jobs with ${count} requests, the most that one caller may now. End some of them.`, {
    code: 'rate_limit_exceeded',
    status: 429,
    retryable: true,
    retryAfterMs: 5000,
  });
}

/** The job has a callback, and no secret to sign its messages with. */
export function callbackUnsigned(): AppError {
  return secretInvalid('it is needed, since the server has no WEBHOOK_HMAC_SECRET');
}

/** The callback secret is not base64. */
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
