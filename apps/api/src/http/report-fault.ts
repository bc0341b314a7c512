import { Logger } from '@nestjs/common';
import { AppError } from '@frontier/errors';
import { toAppError } from './http.errors.js';

const logger = new Logger('Request');

/** Turns anything thrown into the error that the caller gets, and logs it if the fault is the server's own. */
export function reportFault(thrown: unknown, requestId: string): AppError {
  const error = toAppError(thrown);
  if (error.status === 500) {
    const cause = error.cause instanceof Error ? error.cause : error;
    logger.error(`${error.code}: ${cause.message} (request ${requestId})`, cause.stack);
  }
  return error;
}
