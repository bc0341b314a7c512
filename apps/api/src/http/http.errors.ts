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

/** Codes of the errors that Fastify and Nest throw themselves, by status. */
const CODE_OF_STATUS: Record<number, string> = {
  400: 'malformed_request',
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

/** Any thrown value as the error that the caller gets; what is not meant for callers becomes `internal_error`. */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number }).statusCode;
  const code = CODE_OF_STATUS[status ?? 500];
  const detail =
    status === 415 ? 'Send the body as JSON, with Content-Type: application/json.' : (error as Error)?.message;
  if (code) return new AppError(detail, { code, status: status!, cause: error });
  return new AppError('The server failed. The error is logged under this request id.', {
    code: 'internal_error',
    status: 500,
    cause: error,
  });
}
