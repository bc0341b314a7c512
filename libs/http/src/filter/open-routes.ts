import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { principalByAddress, rateLimitExceeded, type RateLimitStore } from '@frontier/rate-limit';
import { isDocumentation } from '../context/exempt-routes.js';
import { writeError } from './write-error.js';

/**
 * Limits how often an address may ask for the metrics and the documentation, which are open to all and cost more than a probe. Before
 * their routes are registered.
 * @param window requests of one address to each
 */
export function limitOpenRoutes(
  fastify: FastifyInstance,
  windows: RateLimitStore,
  window: { limit: number; windowMs: number },
): void {
  const limit = (kind: string) => async (request: FastifyRequest, reply: FastifyReply) => {
    const state = await windows.hit({ key: `${kind}:${principalByAddress(request).id}`, ...window });
    if (state.allowed) return undefined;
    writeError(rateLimitExceeded('requests', state), request, reply);
    return reply;
  };
  const [ofMetrics, ofDocs] = [limit('metrics'), limit('docs')];
  fastify.addHook('onRoute', (route) => {
    if (route.url !== '/metrics' && !isDocumentation(route.url)) return;
    route.onRequest = [route.onRequest ?? [], route.url === '/metrics' ? ofMetrics : ofDocs].flat();
  });
}
