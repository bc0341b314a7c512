import { AppError } from '@frontier/errors';

/** A model folder that is damaged or incomplete: a file is missing, truncated or lies about itself. */
export function modelInvalid(message: string, cause?: unknown): AppError {
  return new AppError(message, { code: 'model_invalid', status: 500, cause });
}

/** A model folder that is sound, but asks for something that this engine cannot do. */
export function modelUnsupported(message: string): AppError {
  return new AppError(message, { code: 'model_unsupported', status: 500 });
}

/** The prompt leaves no room for a single new token. */
export function contextLengthExceeded(promptTokens: number, contextLength: number): AppError {
  const detail = `The prompt has ${promptTokens} tokens; this model's context holds ${contextLength}, of which at least one must be left for the answer. Shorten the prompt.`;
  return new AppError(detail, {
    code: 'context_length_exceeded',
    status: 422,
    errors: [{ pointer: '/prompt', detail }],
  });
}

/** The waiting queue is full. */
export function overloaded(limit: number, retryAfterMs: number): AppError {
  return new AppError(`The server is at capacity: ${limit} requests are waiting. Try again later.`, {
    code: 'overloaded',
    status: 503,
    retryable: true,
    retryAfterMs,
  });
}

/** The engine failed while it worked on a request. */
export function engineError(message: string, cause?: unknown): AppError {
  return new AppError(message, { code: 'engine_error', status: 500, retryable: true, cause });
}
