import { AppError } from '@frontier/errors';

/** A setting of a request that this model does not have. */
export function settingUnsupported(message: string): AppError {
  return new AppError(message, { code: 'invalid_request', status: 422 });
}

/** The inputs of a request have too many tokens together. */
export function tooManyTokens(tokens: number, limit: number): AppError {
  const message = `The inputs have ${tokens} tokens together; at most ${limit} are taken. Send them in several requests.`;
  return new AppError(message, { code: 'invalid_request', status: 422 });
}
