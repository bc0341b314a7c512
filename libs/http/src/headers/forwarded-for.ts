import type { FastifyInstance } from 'fastify';
import { parseAddress } from '@frontier/rate-limit';

/**
 * Makes `X-Forwarded-For` a list of plain addresses, before the caller is looked up. Some proxies add ports, each of
 * which would be a client of its own; entries beyond one that is no address cannot be trusted. Before any other hook.
 */
export function cleanForwardedFor(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ raw: { headers } }, _, done) => {
    const addresses = nearestAddresses(String(headers['x-forwarded-for'] ?? ''));
    if (addresses.length > 0) headers['x-forwarded-for'] = addresses.join(', ');
    else delete headers['x-forwarded-for'];
    done();
  });
}

/** The addresses up to the nearest entry that is none; the nearest hop is the last one. */
export function nearestAddresses(header: string): string[] {
  const addresses = header.split(',').map(parseAddress);
  return addresses.slice(addresses.lastIndexOf(undefined) + 1) as string[];
}
