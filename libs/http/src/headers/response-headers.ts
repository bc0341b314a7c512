import type { FastifyInstance } from 'fastify';
import { errorFormatOf } from '../errors/error-format.js';

/**
 * Puts `X-Request-ID` and `X-Response-Time` (milliseconds until the headers) on every response, beside the headers of the route's
 * error format.
 */
export function addResponseHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id);
    reply.header('x-response-time', `${reply.elapsedTime.toFixed(1)}ms`);
    const headers = errorFormatOf(request).responseHeaders?.(reply.elapsedTime, request.id);
    if (headers) reply.headers(headers);
    done(null, payload);
  });
}
