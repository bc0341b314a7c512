import { AppError } from './app-error.js';

/** The server is shutting down. */
export function shuttingDown(): AppError {
  return new AppError('The server is shutting down. Send the request to another replica.', {
    code: 'shutting_down',
    status: 503,
    retryable: true,
    retryAfterMs: 1000,
  });
}
