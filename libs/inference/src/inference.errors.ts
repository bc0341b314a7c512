import { AppError } from '@frontier/errors';

/**
 * No model that the principal may use has this name; the message does not reveal other models.
 * @param name `undefined`: the default model
 */
export function modelNotFound(name: string | undefined, available: readonly string[]): AppError {
  const what =
    name === undefined ? 'The default model is not available: name another one.' : `There is no model "${name}".`;
  return new AppError(`${what} Available: ${available.join(', ')}.`, { code: 'model_not_found', status: 404 });
}
