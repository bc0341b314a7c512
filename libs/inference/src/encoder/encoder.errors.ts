import { AppError } from '@frontier/errors';

/** A setting of a request that this model does not have. */
export function settingUnsupported(message: string): AppError {
  return new AppError(message, { code: 'invalid_request', status: 422 });
}
