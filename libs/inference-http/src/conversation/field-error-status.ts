import type { AppError } from '@frontier/errors';

/** The errors of a request's fields, which have status 400 with the routes of OpenAI's and Anthropic's API. */
const FIELD_ERRORS = new Set(['invalid_request', 'invalid_json_schema', 'context_length_exceeded']);

/** The status of an error on a route whose invalid fields are a 400. */
export function fieldErrorStatus({ status, code }: AppError): number {
  return status === 422 && FIELD_ERRORS.has(code) ? 400 : status;
}
