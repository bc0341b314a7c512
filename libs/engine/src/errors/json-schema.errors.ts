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

/** The JSON schema of a strict tool's arguments cannot be held; the cause names the place in it. */
export function invalidToolSchema(tool: string, cause: AppError): AppError {
  const reasons = cause.errors ?? [];
  const [{ pointer, detail }] = reasons.length > 0 ? reasons : [{ pointer: '', detail: cause.message }];
  const place = pointer ? `${pointer}: ` : '';
  return new AppError(`The JSON schema of the tool ${JSON.stringify(tool)} cannot be used: ${place}${detail}.`, {
    code: 'invalid_json_schema',
    status: 422,
    errors: [{ pointer: `/function/parameters${pointer}`, detail }],
  });
}
