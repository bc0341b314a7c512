import { AppError } from '@frontier/errors';

/**
 * No model that the caller may use has this name or alias.
 * @param name `undefined`: the default model
 */
export function modelNotFound(name: string | undefined, available: readonly string[]): AppError {
  const what =
    name === undefined ? 'The default model is not available: name another one.' : `There is no model "${name}".`;
  return new AppError(`${what} Available: ${available.join(', ')}.`, { code: 'model_not_found', status: 404 });
}
