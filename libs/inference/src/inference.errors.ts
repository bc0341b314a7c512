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

/** The model has no single token for a label that answers a question. */
export function decisionsUnsupported(model: string, label: string): AppError {
  return new AppError(`The model "${model}" cannot answer with one token: "${label}" has none. Use another model.`, {
    code: 'decisions_unsupported',
    status: 501,
  });
}
