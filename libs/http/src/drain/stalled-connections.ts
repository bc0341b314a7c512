import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Drain } from './drain.js';

/**
 * A client that has taken nothing of its response for twice as long will not: while the server serves, and while it drains. Node looks twice,
 * since the first time it may have taken something since the last write.
 */
const STALLED_MS = { serving: 15_000, draining: 1500 } as const;

/**
 * Ends connections whose client takes nothing of what is sent, and those that have been idle since their last request for as long as
 * they are kept. Where a request is being worked on, silence is no reason.
 */
export function endStalledConnections({ server }: FastifyInstance, drain: Drain): void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // A write that makes progress, however little, is activity.
  server.setTimeout(STALLED_MS.serving, (socket) => {
    // One that nothing was asked on yet is Node's to end, when its headers are due.
    const isIdle = socket.bytesRead > 0 && !drain.isServing(socket);
    if (socket.writableLength > 0 || isIdle) socket.destroy();
  });
  drain.signal.addEventListener('abort', () => {
    server.setTimeout(STALLED_MS.draining);
    for (const socket of sockets) socket.setTimeout(STALLED_MS.draining);
  });
}
