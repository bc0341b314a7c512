import { AppError, type FieldError } from '@frontier/errors';

/** Maximum number of invalid fields that a response lists. */
export const MAX_LISTED_ERRORS = 20;
/** Characters of a pointer or a detail: callers choose the names in them. */
const MAX_ERROR_LENGTH = 512;

/** A field of the request has an invalid value, is missing or is unknown; `errors` lists the fields. */
export function invalidRequest(errors: FieldError[]): AppError {
  const listed = errors
    .slice(0, MAX_LISTED_ERRORS)
    .map(({ pointer, detail }) => ({ pointer: shortened(pointer), detail: shortened(detail) }));
  const [{ pointer, detail }] = listed;
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new AppError(`The request is invalid: ${pointer ? `${pointer}: ` : ''}${detail}${others}.`, {
    code: 'invalid_request',
    status: 422,
    errors: listed,
  });
}

function shortened(text: string): string {
  return text.length <= MAX_ERROR_LENGTH ? text : `${text.slice(0, MAX_ERROR_LENGTH).toWellFormed()}...`;
}

/** The content type, charset or content encoding of the body is not supported. */
export function unsupportedMediaType(message: string): AppError {
  return new AppError(message, { code: 'unsupported_media_type', status: 415 });
}

/** The body is not valid JSON. */
export function malformedJson(reason: string, cause?: unknown): AppError {
  return new AppError(`The body is not valid JSON: ${reason}.`, { code: 'malformed_request', status: 400, cause });
}

/** The body is longer than `BODY_LIMIT_BYTES`, or than the limit of its route. */
export function bodyTooLarge(maxBytes: number): AppError {
  return new AppError(`The body is too large: at most ${maxBytes} bytes are read.`, {
    code: 'body_too_large',
    status: 413,
  });
}

/** The memory for the bodies of unfinished requests is used up, and the caller's own bodies take more than an equal share. */
export function bodiesOverloaded(): AppError {
  return new AppError('The server holds too many large bodies. Try again when requests of yours have ended.', {
    code: 'overloaded',
    status: 503,
    retryable: true,
    retryAfterMs: 1000,
  });
}

/** The `Host` header names another machine while the server accepts the default token. */
export function hostNotAllowed(host: string): AppError {
  const message = `The host ${JSON.stringify(host.slice(0, 64))} is not this machine, and the server has the default token. Set TRUTHGPT_API_TOKEN and WEBHOOK_HMAC_SECRET to serve other hosts.`;
  return new AppError(message, { code: 'host_not_allowed', status: 403 });
}
