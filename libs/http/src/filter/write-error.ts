import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '@frontier/errors';
import { RateLimitError, setRateLimitHeaders } from '@frontier/rate-limit';
import { errorFormatOf, pathOf } from '../errors/error-format.js';
import { noteError, recordOf } from '../context/request-observer.js';

/** Answers with an error, in the form of its route. */
export function writeError(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  const record = recordOf(request);
  if (record) noteError(record, error.code);
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  if (error instanceof RateLimitError) setRateLimitHeaders(reply, error.unit, error.state);
  if (error.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
    reply.header('retry-after-ms', Math.ceil(error.retryAfterMs));
  }
  const context = { path: pathOf(request), requestId: request.id };
  const { status, contentType, headers, body } = errorFormatOf(request).format(error, context);
  if (headers) reply.headers(headers);
  // A string, because Fastify would otherwise look for a serializer of this content type.
  reply.status(status).type(contentType).send(JSON.stringify(body));
}
