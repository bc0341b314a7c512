import { AppError } from '@frontier/errors';

/** No model has the name that was asked for. */
export function modelNotFound(name: string, available: readonly string[]): AppError {
  return new AppError(`There is no model "${name}". Available: ${available.join(', ')}.`, {
    code: 'model_not_found',
    status: 404,
  });
}

/** The caller may use other models only. */
export function modelForbidden(name: string, allowed: readonly string[]): AppError {
  return new AppError(`You may not use the model "${name}". You may use: ${allowed.join(', ')}.`, {
    code: 'forbidden',
    status: 403,
  });
}
