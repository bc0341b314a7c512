import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { principalOf } from '@frontier/auth';

/** The discarded part of a body, as a multiple of the body limit: of callers with a key, and of others. */
const DISCARDED_LIMITS = { keys: 8, others: 1 } as const;

/** Makes Fastify read no body at all: `RequestBodyGuard` does, once the caller is known. */
export function leaveBodiesUnread(fastify: FastifyInstance): void {
  for (const method of ['POST', 'PUT', 'PATCH']) {
    fastify.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  }
}

/**
 * Reads on what is left of a body when its response is sent before it has arrived, as with 413. A connection that is
 * closed meanwhile is reset, and a client that is still writing never sees the response. Beyond
 * {@link DISCARDED_LIMITS} times the limit it is closed all the same.
 */
export function discardUnreadBodies(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (hasUnreadBody(request.raw)) {
      // Fastify would have the connection closed as soon as the response is sent.
      reply.removeHeader('connection');
      void discardBody(request, fastify);
    }
    done(null, payload);
  });
}

/**
 * Reads a body to its end and forgets it, within the bound of {@link discardUnreadBodies}.
 * @returns when the body has ended, or its connection
 */
export function discardBody(received: FastifyRequest, { initialConfig }: FastifyInstance): Promise<void> {
  const request = received.raw;
  if (!hasUnreadBody(request)) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const maxBytes = DISCARDED_LIMITS[principalOf(received) ? 'keys' : 'others'] * initialConfig.bodyLimit!;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) request.socket.destroy();
  });
  for (const end of ['end', 'close', 'error'] as const) request.once(end, () => resolve());
  request.resume();
  return promise;
}

function hasUnreadBody({ complete, headers }: IncomingMessage): boolean {
  return !complete && hasBody(headers);
}

/** Tests for a body by the headers of a request (RFC 9112, section 6.3). */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
