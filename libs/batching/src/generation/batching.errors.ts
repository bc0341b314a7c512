import { AppError } from '@frontier/errors';
import { isTimeout } from './deadline.js';

/** The model is not loaded yet, or its engine process is being started again. */
export function modelLoading(model: string): AppError {
  return new AppError(`The model "${model}" is being loaded. Try again in a few seconds.`, {
    code: 'model_loading',
    status: 503,
    retryable: true,
    retryAfterMs: 2000,
  });
}

/** The model's folder cannot be served and has to be mended by the operator; the log has the reason. */
export function modelUnavailable(model: string, reason: string): AppError {
  return new AppError(`The model "${model}" could not be loaded: ${reason}`, {
    publicMessage: `The model "${model}" could not be loaded; the reason is in the server's log.`,
    code: 'model_unavailable',
    status: 503,
  });
}

/** The engine process ended while it computed the request. */
export function engineLost(model: string, reason: string): AppError {
  return new AppError(`The engine of the model "${model}" ${reason} during this request. Send it again.`, {
    code: 'engine_error',
    status: 500,
    retryable: true,
  });
}

/** The longest `Retry-After`; no estimate reaches further. */
const MAX_RETRY_AFTER_MS = 60_000;

function retryAfter(milliseconds: number): number {
  return Math.min(Math.max(1000, milliseconds), MAX_RETRY_AFTER_MS);
}

/** The queue of the model has no room for the request, or its turn would come too late. */
export function overloaded(reason: string, retryAfterMs: number): AppError {
  return new AppError(`The server is at capacity: ${reason}. Try again later.`, {
    code: 'overloaded',
    status: 503,
    retryable: true,
    retryAfterMs: retryAfter(retryAfterMs),
  });
}

/** The request reached its maximum wait before any step computed it. */
export function queueTimeout(retryAfterMs: number): AppError {
  return new AppError('The request waited too long for its turn. Try again later.', {
    code: 'queue_timeout',
    status: 503,
    retryable: true,
    retryAfterMs: retryAfter(retryAfterMs),
  });
}

/** The text takes too long to tokenize, or the conversation to be written. */
export function textTooExpensive(): AppError {
  return new AppError('The text takes too long to tokenize. Send a shorter one, or the ids of its tokens.', {
    code: 'invalid_request',
    status: 422,
  });
}

/** The answer was not complete before the deadline of the request. */
export function deadlineExceeded(): AppError {
  return new AppError('The answer took longer than it may. Ask for fewer tokens, or allow more time.', {
    code: 'deadline_exceeded',
    status: 504,
  });
}

/** The caller closed the connection; seen in logs only. */
export function requestAborted(cause: unknown): AppError {
  return new AppError('The request was aborted by its caller.', { code: 'request_aborted', status: 499, cause });
}

/** The end of a wait by a {@link Deadline}'s signal before a step worked on the request: its time is up, or the caller left. */
export function waitEnded(signal: AbortSignal, retryAfterMs: number): AppError {
  return isTimeout(signal) ? queueTimeout(retryAfterMs) : requestAborted(signal.reason);
}
