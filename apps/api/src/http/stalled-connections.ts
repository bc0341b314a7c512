import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** A client that has taken nothing of its answer for so long will not: while the server serves, and while it drains. */
const STALLED_MS = { serving: 30_000, draining: 3000 } as const;

/**
 * Ends connections whose client takes nothing of what is sent, and those that are held without a request. Where a request is being
 * worked on, silence is no reason.
 * @param draining fires when the server drains
 */
export function endStalledConnections(fastify: FastifyInstance, draining: AbortSignal): void {
  const { server } = fastify;
  const sockets = new Set<Socket>();
  /** Requests that have not ended. */
  const running = new WeakMap<Socket, number>();
  const count = (socket: Socket, change: number): void => void running.set(socket, (running.get(socket) ?? 0) + change);
  fastify.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
    count(socket, 1);
    reply.raw.once('close', () => count(socket, -1));
    done();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // A write that makes progress, however little, is activity.
  server.setTimeout(STALLED_MS.serving, (socket) => {
    if (socket.writableLength > 0 || !running.get(socket)) socket.destroy();
  });
  draining.addEventListener('abort', () => {
    server.setTimeout(STALLED_MS.draining);
    for (const socket of sockets) socket.setTimeout(STALLED_MS.draining);
  });
}
