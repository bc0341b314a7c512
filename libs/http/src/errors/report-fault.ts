import { Logger } from '@nestjs/common';
import { type AppError, messageOf } from '@frontier/errors';
import { toAppError } from './to-app-error.js';

const logger = new Logger('Request');

/** Converts any thrown value to the error that the caller gets, and logs it if the fault is the server's own. */
export function reportFault(thrown: unknown, requestId: string): AppError {
  const error = toAppError(thrown);
  if (error.status === 500) {
    const cause = error.cause ?? error;
    const { stack } = cause instanceof Error ? cause : error;
    logger.error(`${error.code}: ${messageOf(cause)} (request ${requestId})`, stack);
  }
  return error;
}
