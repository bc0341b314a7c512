import { AppError } from '@frontier/errors';

/** The configuration cannot be used; the message is one line that names what and why. */
export function configInvalid(message: string, cause?: unknown): AppError {
  return new AppError(message, { code: 'config_invalid', status: 500, cause });
}
