import { STATUS_CODES } from 'node:http';
import type { AppError } from '@frontier/errors';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** One invalid field of a request. */
class ProblemField {
  @ApiProperty({ description: 'JSON pointer (RFC 6901) into the request body.', example: '/params/temperature' })
  pointer!: string;

  @ApiProperty({ description: 'Reason why the value is invalid.', example: 'temperature must not be greater than 2' })
  detail!: string;
}

/** An error response, `application/problem+json` (RFC 9457). */
export class Problem {
  @ApiProperty({ description: 'Always about:blank; `code` names the problem.', example: 'about:blank' })
  type!: string;

  @ApiProperty({ description: 'Title of the HTTP status.', example: 'Unprocessable Entity' })
  title!: string;

  @ApiProperty({ description: 'The HTTP status.', example: 422 })
  status!: number;

  @ApiProperty({ description: 'Description of the failure, and what to do next.', example: 'The request is invalid.' })
  detail!: string;

  @ApiProperty({ description: 'Path of the request.', example: '/v1/infer' })
  instance!: string;

  @ApiProperty({
    description: 'Stable, machine-readable name of the error; docs/errors.md lists all.',
    example: 'invalid_request',
  })
  code!: string;

  @ApiProperty({ description: 'The id in X-Request-ID and in the logs.', example: '5f0c1a2e-...' })
  request_id!: string;

  @ApiPropertyOptional({ description: 'Invalid fields, if there are any.', type: [ProblemField] })
  errors?: ProblemField[];
}

/** Errors as problem documents (RFC 9457). */
export const problemFormat = {
  format(error: AppError, context: { path: string; requestId: string }) {
    return { status: error.status, contentType: 'application/problem+json', body: toProblem(error, context) };
  },
};

function toProblem(error: AppError, { path, requestId }: { path: string; requestId: string }): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: error.publicMessage,
    instance: path,
    code: error.code,
    request_id: requestId,
    errors: error.errors,
  };
}
