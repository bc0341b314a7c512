import { AppError, messageOf } from '@frontier/errors';

/** The module of a plugin cannot be found, or exports no plugin. */
export function pluginInvalid(specifier: string, reason: string, cause?: unknown): AppError {
  return new AppError(`The plugin "${specifier}" cannot be used: ${reason}`, {
    code: 'model_invalid',
    status: 500,
    cause,
  });
}

/** The module of a plugin threw while it was imported. */
export function pluginThrew(specifier: string, cause: unknown): AppError {
  return new AppError(`The plugin "${specifier}" could not be loaded: ${messageOf(cause)}`, {
    code: 'engine_error',
    status: 500,
    cause,
  });
}

/** The request names a logits processor that the model's plugin does not have, or too many of them, or invalid parameters. */
export function logitsProcessorRefused(detail: string): AppError {
  return new AppError(detail, { code: 'invalid_request', status: 422 });
}

/** A hook of the model's plugin threw for this request, or returned an invalid value; the log has the reason. */
export function pluginFailed(hook: string, reason: unknown): AppError {
  // Hooks are pure, so the same request fails again; a status of 500 would count against the model's circuit breaker, and so harm other callers.
  return new AppError(`The plugin's ${hook} failed: ${typeof reason === 'string' ? reason : messageOf(reason)}`, {
    publicMessage: `The ${hook} of this model's plugin failed for this request; the reason is in the server's log.`,
    code: 'plugin_failed',
    status: 422,
    cause: reason,
  });
}
