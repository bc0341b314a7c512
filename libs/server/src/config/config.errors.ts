import { AppError } from '@frontier/errors';

/** A fault in the configuration ends the start; the message has a line for each problem. */
export function configInvalid(message: string, cause?: unknown): AppError {
  return new AppError(message, { code: 'config_invalid', status: 500, cause });
}
