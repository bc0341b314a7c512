import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { principalByAddress, rateLimitExceeded, type RateLimitStore } from '@frontier/rate-limit';
import { isConsole, isDocumentation } from '../context/exempt-routes.js';
import { writeError } from './write-error.js';

/**
 * Limits how often an address may ask for the metrics, the documentation and the console, which are open to all and cost more than a probe. Before
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
  const [ofMetrics, ofDocs, ofConsole] = [limit('metrics'), limit('docs'), limit('console')];
  const limitOf = (url: string): typeof ofMetrics | undefined => {
    if (url === '/metrics') return ofMetrics;
    if (isDocumentation(url)) return ofDocs;
    return isConsole(url) ? ofConsole : undefined;
  };
  fastify.addHook('onRoute', (route) => {
    const limitOfRoute = limitOf(route.url);
    if (limitOfRoute) route.onRequest = [route.onRequest ?? [], limitOfRoute].flat();
  });
}
