import { AppError } from '@frontier/errors';

/** No token, or not the right one; the message tells neither which. */
export function unauthorized(): AppError {
  return new AppError('A valid API token is required: send it as "Authorization: Bearer <token>".', {
    code: 'unauthorized',
    status: 401,
  });
}
