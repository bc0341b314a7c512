import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { isOpenAiPath } from '../openai/openai-paths.js';

/** The caller's request id if it is short and harmless in a log line, else a new UUID. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

/**
 * Puts `X-Request-ID` and `X-Response-Time` (milliseconds until the headers) on every response; on those of the OpenAI routes
 * the latter by their name, too.
 */
export function addResponseHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id);
    reply.header('x-response-time', `${reply.elapsedTime.toFixed(1)}ms`);
    if (isOpenAiPath(request.url.split('?', 1)[0])) {
      reply.header('openai-processing-ms', Math.round(reply.elapsedTime));
    }
    done(null, payload);
  });
}
