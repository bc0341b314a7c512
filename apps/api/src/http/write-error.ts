import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '@frontier/errors';
import { RateLimitError, setRateLimitHeaders } from '@frontier/rate-limit';
import { isOpenAiPath } from '../openai/openai-paths.js';
import { toOpenAiError } from '../openai/openai-error.js';
import { toProblem } from './problem.js';
import { noteError, recordOf } from './request-observer.js';

/** Answers with an error: an OpenAI envelope on the routes of that API, else a problem document. */
export function writeError(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?', 1)[0];
  const record = recordOf(request);
  if (record) noteError(record, error.code);
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  if (error instanceof RateLimitError) setRateLimitHeaders(reply, error.unit, error.state);
  if (error.retryAfterMs !== undefined) {
    reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
    reply.header('retry-after-ms', Math.ceil(error.retryAfterMs));
  }
  if (isOpenAiPath(path)) {
    const { status, body } = toOpenAiError(error, path);
    // The clients try 409, 429 and 5xx again unless they are told.
    reply.header('x-should-retry', String(error.retryable));
    reply.status(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
    return;
  }
  // A string, because Fastify would otherwise look for a serializer of this content type.
  const problem = JSON.stringify(toProblem(error, path, request.id));
  reply.status(error.status).type('application/problem+json').send(problem);
}
