import { AppError } from '@frontier/errors';

/** 401: no token, or an unknown one; the message does not say which. */
export function unauthorized(): AppError {
  return new AppError('A valid API token is required: send it as "Authorization: Bearer <token>".', {
    code: 'unauthorized',
    status: 401,
  });
}

/** 403: a known key without the right for this. */
export function forbidden(what: string): AppError {
  return new AppError(`This API key may not ${what}.`, { code: 'forbidden', status: 403 });
}

/** Fault of the file of API keys. */
export function keyFileInvalid(message: string, cause?: unknown): AppError {
  return new AppError(message, { code: 'key_file_invalid', status: 500, cause });
}
