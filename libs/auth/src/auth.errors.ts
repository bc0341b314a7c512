import { AppError } from '@frontier/errors';

/** No token, or not the right one; the message tells neither which. */
export function unauthorized(): AppError {
  return new AppError('A valid API token is required: send it as "Authorization: Bearer <token>".', {
    code: 'unauthorized',
    status: 401,
  });
}

/** The key is good, but not for this. */
export function forbidden(what: string): AppError {
  return new AppError(`This API key may not ${what}.`, { code: 'forbidden', status: 403 });
}

/** The file of API keys cannot be used. */
export function keyFileInvalid(message: string, cause?: unknown): AppError {
  return new AppError(message, { code: 'key_file_invalid', status: 500, cause });
}
