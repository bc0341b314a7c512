import { AppError, type FieldError } from '@frontier/errors';

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

/** The body has a type, a charset or a coding that is not read. */
export function unsupportedMediaType(message: string): AppError {
  return new AppError(message, { code: 'unsupported_media_type', status: 415 });
}

/** The body is not JSON. */
export function malformedJson(reason: string, cause?: unknown): AppError {
  return new AppError(`The body is not valid JSON: ${reason}.`, { code: 'malformed_request', status: 400, cause });
}
