import { AppError } from '@frontier/errors';

/** No API token, or an unknown one; the message does not say which. */
export function unauthorized(): AppError {
  return new AppError(
    'A valid API token is required: send it as "Authorization: Bearer <token>" or as "X-Api-Key: <token>".',
    {
      code: 'unauthorized',
      status: 401,
    },
  );
}

/** The API key does not have the right for this route. */
export function forbidden(what: string): AppError {
  return new AppError(`This API key may not ${what}.`, { code: 'forbidden', status: 403 });
}

/** The file of API keys cannot be read, or is invalid; seen at the start and in logs only. */
export function keyFileInvalid(message: string, cause?: unknown): AppError {
  return new AppError(message, { code: 'key_file_invalid', status: 500, cause });
}

/** Another program edits the key file, or has left its lock. */
export function keyFileInUse(lock: string): AppError {
  return new AppError(`${lock} is held by another program. Remove it if none runs.`, {
    code: 'key_file_in_use',
    status: 409,
  });
}

/** A key file has a key of that name already. */
export function keyNameTaken(name: string, path: string): AppError {
  return new AppError(`${path} has a key "${name}" already.`, { code: 'key_exists', status: 409 });
}

/** A key file has no key of that name. */
export function noSuchKey(name: string, path: string): AppError {
  return new AppError(`${path} has no key "${name}".`, { code: 'key_not_found', status: 404 });
}
