import { ApiProperty } from '@nestjs/swagger';
import type { AppError } from '@frontier/errors';
import type { ErrorFormat } from '@frontier/http';
import { fieldErrorStatus } from '../../conversation/field-error-status.js';

/** An error, as clients of OpenAI's API know it. */
class OpenAiErrorDetail {
  @ApiProperty({
    description: 'Description of the failure, and what to do next.',
    example: 'temperature must not be greater than 2',
  })
  message!: string;

  @ApiProperty({
    description: 'Kind of the error.',
    enum: ['invalid_request_error', 'rate_limit_error', 'server_error'],
    example: 'invalid_request_error',
  })
  type!: string;

  @ApiProperty({ description: 'The field that is invalid.', type: String, nullable: true, example: 'temperature' })
  param!: string | null;

  @ApiProperty({
    description: 'Stable, machine-readable name of the error.',
    type: String,
    nullable: true,
    example: 'invalid_request',
  })
  code!: string | null;
}

/** An error response of the OpenAI routes. */
export class OpenAiError {
  @ApiProperty({ description: 'The error.', type: OpenAiErrorDetail })
  error!: OpenAiErrorDetail;
}

/** Names that differ from ours. */
const CODES: Readonly<Record<string, string>> = { unauthorized: 'invalid_api_key' };

/** The error in the form of OpenAI's API, with its status. */
export function toOpenAiError(error: AppError, path: string): { status: number; body: OpenAiError } {
  const status = fieldErrorStatus(error);
  const code = CODES[error.code] ?? error.code;
  return {
    status,
    body: { error: { message: error.publicMessage, type: typeOf(status), param: paramOf(error, path), code } },
  };
}

/** The errors and response headers of OpenAI's API. */
export const openAiErrorFormat: ErrorFormat = {
  format(error, { path }) {
    const { status, body } = toOpenAiError(error, path);
    // Without the header, clients retry 409, 429 and 5xx.
    const headers = { 'x-should-retry': String(error.retryable) };
    return { status, contentType: 'application/json; charset=utf-8', headers, body };
  },
  responseHeaders: (elapsedMs) => ({ 'openai-processing-ms': Math.round(elapsedMs) }),
};

/** The field that was too long, by route. */
const TOO_LONG: Readonly<Record<string, string>> = {
  '/v1/chat/completions': 'messages',
  '/v1/embeddings': 'input',
  '/v1/classify': 'input',
  '/v1/rerank': 'documents',
  '/v2/embed': 'texts',
  '/v2/rerank': 'documents',
  '/rerank': 'documents',
};

function typeOf(status: number): string {
  if (status >= 500) return 'server_error';
  return status === 429 ? 'rate_limit_error' : 'invalid_request_error';
}

function paramOf({ code, errors }: AppError, path: string): string | null {
  if (code === 'model_not_found') return 'model';
  if (code === 'context_length_exceeded') return TOO_LONG[path] ?? 'prompt';
  const pointer = errors?.[0].pointer ?? '';
  if (code === 'invalid_json_schema' && pointer.startsWith('/function/')) return 'tools';
  if (code === 'invalid_json_schema') return `response_format.json_schema.schema${dotted(pointer)}`;
  return pointer === '' ? null : dotted(pointer).replace(/^\./, '');
}

/** A JSON pointer as `.messages[0].content`. */
function dotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('');
}
