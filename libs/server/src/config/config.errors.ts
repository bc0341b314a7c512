import { AppError } from '@frontier/errors';

/** Fault of the configuration; the message has a line for each problem that names it and the reason. */
export function configInvalid(message: string, cause?: unknown): AppError {
  return new AppError(message, { code: 'config_invalid', status: 500, cause });
}
