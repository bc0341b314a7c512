import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { AppError } from '@frontier/errors';
import type { ErrorFormat } from '@frontier/http';
import { fieldErrorStatus } from '../../conversation/field-error-status.js';

/** Kinds of errors by status (https://docs.anthropic.com/en/api/errors); others are the caller's or the server's by their hundred. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

class AnthropicErrorDetail {
  @ApiProperty({
    description: 'Kind of the error, by its status.',
    enum: ['invalid_request_error', ...new Set(Object.values(TYPES)), 'api_error'],
    example: 'invalid_request_error',
  })
  type!: string;

  @ApiProperty({
    description: 'Description of the failure, and what to do next.',
    example: 'The request is invalid: /max_tokens: max_tokens must be an integer number.',
  })
  message!: string;

  @ApiPropertyOptional({
    description: 'What a client can do without; where the request asks for a conversation that is stored.',
    type: 'object',
    additionalProperties: true,
    example: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
  })
  details?: { error_code: string; unsupported: string[] };
}

/** An error response of the routes of Anthropic's API. */
export class AnthropicError {
  @ApiProperty({ description: 'Type of the object.', enum: ['error'], example: 'error' })
  type!: 'error';

  @ApiProperty({ description: 'The error.', type: AnthropicErrorDetail })
  error!: AnthropicErrorDetail;

  @ApiProperty({
    description: 'Id of the request, in logs and traces.',
    example: '7d2f0c4e-6f0c-4f5e-9a57-2c6a1a9f3b11',
  })
  request_id!: string;
}

/** The error in the form of Anthropic's API, with its status. */
export function toAnthropicError(error: AppError, requestId: string): { status: number; body: AnthropicError } {
  const status = fieldErrorStatus(error);
  return {
    status,
    body: {
      type: 'error',
      error: { type: typeOf(status), message: messageOf(error), ...detailsOf(error) },
      request_id: requestId,
    },
  };
}

/** The errors and response headers of Anthropic's API. */
export const anthropicErrorFormat: ErrorFormat = {
  format(error, { requestId }) {
    const { status, body } = toAnthropicError(error, requestId);
    // Without the header, clients retry 409, 429 and 5xx.
    const headers = { 'x-should-retry': String(error.retryable) };
    return { status, contentType: 'application/json; charset=utf-8', headers, body };
  },
  responseHeaders: (_, requestId) => ({ 'request-id': requestId }),
};

function typeOf(status: number): string {
  return TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/** Agents shorten a conversation where the error has Anthropic's own words for one that is too long. */
function messageOf({ code, publicMessage }: AppError): string {
  return code === 'context_length_exceeded' ? `prompt is too long: ${publicMessage}` : publicMessage;
}

/** Anthropic's client then sends all messages of a conversation. */
function detailsOf({ errors = [] }: AppError): Pick<AnthropicErrorDetail, 'details'> {
  if (!errors.some(({ pointer }) => pointer === '/thread')) return {};
  return { details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] } };
}
