import { AppError } from '@frontier/errors';

/** No model has the name that was asked for. */
export function modelNotFound(name: string, available: readonly string[]): AppError {
  return new AppError(`There is no model "${name}". Available: ${available.join(', ')}.`, {
    code: 'model_not_found',
    status: 404,
  });
}
