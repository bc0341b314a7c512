import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, isAppError } from '@frontier/errors';

/** One invalid place in the request. */
export class ProblemField {
  @ApiProperty({ description: 'JSON pointer (RFC 6901) into the request body.', example: '/params/temperature' })
  pointer!: string;

  @ApiProperty({ description: 'What is wrong with it.', example: 'temperature must not be greater than 2' })
  detail!: string;
}

/** An error answer, `application/problem+json` (RFC 9457). */
export class Problem {
  @ApiProperty({ description: 'Always about:blank; `code` tells the problem.', example: 'about:blank' })
  type!: string;

  @ApiProperty({ description: 'The status in words.', example: 'Unprocessable Entity' })
  title!: string;

  @ApiProperty({ description: 'The HTTP status.', example: 422 })
  status!: number;

  @ApiProperty({ description: 'What failed and what to do next.', example: 'The request is invalid.' })
  detail!: string;

  @ApiProperty({ description: 'The path that was called.', example: '/v1/infer' })
  instance!: string;

  @ApiProperty({ description: 'Stable, machine-readable name of the error.', example: 'invalid_request' })
  code!: string;

  @ApiProperty({ description: 'The id in X-Request-ID and in the logs.', example: '5f0c1a2e-...' })
  request_id!: string;

  @ApiPropertyOptional({ description: 'The invalid places, where there are any.', type: [ProblemField] })
  errors?: ProblemField[];
}

/** Codes of errors that Fastify and Nest throw themselves, by status. */
const CODE_OF_STATUS: Record<number, string> = {
  400: 'malformed_request',
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

/** Any thrown value as the error that the caller gets; what is not meant for callers becomes `internal_error`. */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number }).statusCode;
  if (status !== undefined && status >= 400 && status < 500) {
    const code = CODE_OF_STATUS[status] ?? 'invalid_request';
    return new AppError((error as Error).message, { code, status, cause: error });
  }
  return new AppError('The server failed. The error is logged under this request id.', {
    code: 'internal_error',
    status: 500,
    cause: error,
  });
}

/** Answers with a problem document. */
export function writeProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toAppError(thrown);
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    instance: request.url.split('?', 1)[0],
    code: error.code,
    request_id: request.id,
    errors: error.errors,
  };
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
  // A string, because Fastify would otherwise look for a serializer of this content type.
  reply.status(error.status).type('application/problem+json').send(JSON.stringify(problem));
}
