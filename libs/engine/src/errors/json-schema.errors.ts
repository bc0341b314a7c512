import { AppError } from '@frontier/errors';

/**
 * The JSON schema is invalid, has a keyword that is not supported, or is too large.
 * @param pointer JSON pointer (RFC 6901) into the schema
 */
export function invalidJsonSchema(pointer: string, detail: string): AppError {
  return new AppError(`The JSON schema cannot be used: ${pointer ? `${pointer}: ` : ''}${detail}.`, {
    code: 'invalid_json_schema',
    status: 422,
    errors: [{ pointer, detail }],
  });
}
