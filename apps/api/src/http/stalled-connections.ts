import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Drain } from '../system/drain.js';

/** A client that has taken nothing of its answer for so long will not: while the server serves, and while it drains. */
const STALLED_MS = { serving: 30_000, draining: 3000 } as const;

/**
 * Ends connections whose client takes nothing of what is sent, and those that are held without a request. Where a request is being
 * worked on, silence is no reason.
 */
export function endStalledConnections({ server }: FastifyInstance, drain: Drain): void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // A write that makes progress, however little, is activity.
  server.setTimeout(STALLED_MS.serving, (socket) => {
    if (socket.writableLength > 0 || !drain.isServing(socket)) socket.destroy();
  });
  drain.signal.addEventListener('abort', () => {
    server.setTimeout(STALLED_MS.draining);
    for (const socket of sockets) socket.setTimeout(STALLED_MS.draining);
  });
}
