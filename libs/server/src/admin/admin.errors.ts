import { AppError } from '@frontier/errors';

/**
 * A model that an operator wants to be loaded cannot be.
 * @param reason in words, with what to do
 */
export function modelLoadFailed(model: string, reason: string): AppError {
  return new AppError(`The model "${model}" could not be loaded: ${reason}`, {
    code: 'model_load_failed',
    status: 503,
  });
}
