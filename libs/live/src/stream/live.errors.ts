import { AppError } from '@frontier/errors';

/** So many live streams are open already, of the key or of the process. */
export function tooManyStreams(open: string): AppError {
  return new AppError(`${open} Close one of them, or try again later.`, {
    code: 'too_many_streams',
    status: 503,
    retryable: true,
    retryAfterMs: 5000,
  });
}
