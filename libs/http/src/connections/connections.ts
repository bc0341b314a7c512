import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { gauge } from '@frontier/telemetry';

/** Returns how many connections callers hold. */
export function countConnections({ server }: FastifyInstance): void {
  const connections = gauge('inference_active_connections', 'Connections that callers hold.');
  server.on('connection', (socket) => {
    connections.inc();
    socket.once('close', () => connections.dec());
  });
}

/**
 * Closes idle connections that never carried a request, as proxies and clients hold them in reserve, when the server closes.
 * Node 24 takes them for busy ones, and waits.
 */
export function closeUnusedConnections(fastify: FastifyInstance): void {
  const connections = new Set<Socket>();
  fastify.server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
}
