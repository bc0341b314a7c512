import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientByAddress, rateLimitExceeded, type RateLimitStore } from '@frontier/rate-limit';
import { isDocumentation } from './exempt-routes.js';
import { writeError } from './write-error.js';

/**
 * Limits how often an address may ask for the metrics and the documentation, which are open to all and cost more than a probe.
 * @param window requests of one address to each
 */
export function limitOpenRoutes(
  fastify: FastifyInstance,
  windows: RateLimitStore,
  window: { limit: number; windowMs: number },
): void {
  const limit = async (kind: string, request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const state = await windows.hit({ key: `${kind}:${clientByAddress(request).id}`, ...window });
    if (!state.allowed) writeError(rateLimitExceeded('requests', state), request, reply);
    return state.allowed;
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    const { url } = request.routeOptions;
    if (url !== '/metrics' && !isDocumentation(url)) return done();
    void limit(url === '/metrics' ? 'metrics' : 'docs', request, reply).then((isAllowed) => {
      if (isAllowed) done();
    });
  });
}
