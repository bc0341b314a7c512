import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { addressKey } from '@frontier/rate-limit';

/** Descriptors that are kept for engine processes, files and connections of the server's own. */
const RESERVED_DESCRIPTORS = 128;
const MIN_CONNECTIONS = 16;

/**
 * Bounds the connections of all callers, by the descriptors that the process may have, and those of one address.
 * @param perAddress default: no limit
 */
export function limitConnections({ server }: FastifyInstance, perAddress: number | undefined): void {
  const descriptors = maxDescriptors();
  if (descriptors !== undefined) server.maxConnections = Math.max(MIN_CONNECTIONS, descriptors - RESERVED_DESCRIPTORS);
  if (perAddress === undefined) return;
  const byAddress = new Map<string, number>();
  server.on('connection', (socket) => {
    const address = addressKey(socket.remoteAddress ?? '');
    const count = byAddress.get(address) ?? 0;
    if (count >= perAddress) {
      socket.destroy();
      return;
    }
    byAddress.set(address, count + 1);
    socket.once('close', () => {
      const left = byAddress.get(address)! - 1;
      if (left === 0) byAddress.delete(address);
      else byAddress.set(address, left);
    });
  });
}

/** The descriptors that this process may have, on Linux. */
function maxDescriptors(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
