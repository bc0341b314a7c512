import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { errorFormatOf } from '../errors/error-format.js';

/** The caller's request id if it is short and harmless in a log line, else a new UUID. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

/**
 * Puts `X-Request-ID` and `X-Response-Time` (milliseconds until the headers) on every response, beside the headers of the route's
 * error format.
 */
export function addResponseHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id);
    reply.header('x-response-time', `${reply.elapsedTime.toFixed(1)}ms`);
    const headers = errorFormatOf(request).responseHeaders?.(reply.elapsedTime);
    if (headers) reply.headers(headers);
    done(null, payload);
  });
}
