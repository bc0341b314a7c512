import { AppError } from '@frontier/errors';

/** A schema that no grammar can be made of. `pointer` is a JSON pointer (RFC 6901) into the schema. */
export function invalidJsonSchema(pointer: string, detail: string): AppError {
  return new AppError(`The JSON schema cannot be used: ${pointer ? `${pointer}: ` : ''}${detail}.`, {
    code: 'invalid_json_schema',
    status: 422,
    errors: [{ pointer, detail }],
  });
}
