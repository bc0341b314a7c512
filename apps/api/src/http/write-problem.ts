import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '@frontier/errors';
import { RateLimitError, setRateLimitHeaders } from '@frontier/rate-limit';
import type { Problem } from './problem.js';
import { noteError, recordOf } from './request-observer.js';

/** Answers with a problem document. */
export function writeProblem(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
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
  const record = recordOf(request);
  if (record) noteError(record, error.code);
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  if (error instanceof RateLimitError) setRateLimitHeaders(reply, error.unit, error.state);
  if (error.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
    reply.header('retry-after-ms', Math.ceil(error.retryAfterMs));
  }
  // A string, because Fastify would otherwise look for a serializer of this content type.
  reply.status(error.status).type('application/problem+json').send(JSON.stringify(problem));
}
