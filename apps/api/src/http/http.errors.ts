import { HttpException } from '@nestjs/common';
import { AppError, type FieldError, isAppError } from '@frontier/errors';

/** Invalid places that an answer lists at most. */
const MAX_LISTED_ERRORS = 20;

/** The request is well-formed, but a field is not as it must be. */
export function invalidRequest(errors: FieldError[]): AppError {
  const { pointer, detail } = errors[0];
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new AppError(`The request is invalid: ${pointer ? `${pointer}: ` : ''}${detail}${others}.`, {
    code: 'invalid_request',
    status: 422,
    errors: errors.slice(0, MAX_LISTED_ERRORS),
  });
}

/** The body is not JSON. */
export function malformedJson(reason: string, cause: unknown): AppError {
  return new AppError(`The body is not valid JSON: ${reason}.`, { code: 'malformed_request', status: 400, cause });
}

/** The errors that Fastify and Nest throw themselves, by status; some with a detail that says what to do. */
const FRAMEWORK_ERRORS: Record<number, { code: string; detail?: string }> = {
  400: { code: 'malformed_request' },
  404: { code: 'not_found' },
  413: { code: 'body_too_large' },
  415: { code: 'unsupported_media_type', detail: 'Send the body as JSON, with Content-Type: application/json.' },
};

/** Any thrown value as the error that the caller gets; what is not meant for callers becomes `internal_error`. */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number }).statusCode;
  const known = FRAMEWORK_ERRORS[status ?? 500];
  if (known) {
    return new AppError(known.detail ?? (error as Error).message, { code: known.code, status: status!, cause: error });
  }
  return new AppError('The server failed. The error is logged under this request id.', {
    code: 'internal_error',
    status: 500,
    cause: error,
  });
}
