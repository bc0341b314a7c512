import type { FastifyInstance } from 'fastify';
import { isLoopback } from './loopback.js';
import { hostNotAllowed } from '../errors/http.errors.js';

/**
 * Refuses requests for hosts that are not this machine, where the token or the secret that they need is the well-known one. Else a page could
 * use the server that a browser on this machine opens: it rebinds its own name to 127.0.0.1, and is then of one origin with it.
 */
export function requireLoopbackHosts(
  fastify: FastifyInstance,
  { everywhere, webhooks }: { everywhere: boolean; webhooks: boolean },
): void {
  if (!everywhere && !webhooks) return;
  fastify.addHook('onRequest', ({ raw: { headers }, routeOptions }, _, done) => {
    const { host } = headers;
    const isOpen = everywhere || routeOptions.url?.startsWith('/webhooks');
    if (!isOpen || host === undefined || isThisMachine(hostnameOf(host))) return done();
    done(hostNotAllowed(host));
  });
}

/** Names below `localhost` resolve to this machine alone (RFC 6761, section 6.3). */
function isThisMachine(hostname: string): boolean {
  return isLoopback(hostname) || /(^|\.)localhost\.?$/i.test(hostname);
}

/** Without the port; IPv6 addresses stand in brackets. */
function hostnameOf(host: string): string {
  return /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1] ?? host.replace(/:\d*$/, '');
}
