import type { Server } from 'node:http';
import { gauge } from '@frontier/telemetry';

/** Tells how many connections callers hold. */
export function countConnections(server: Server): void {
  const connections = gauge('inference_active_connections', 'Connections that callers hold.');
  server.on('connection', (socket) => {
    connections.inc();
    socket.once('close', () => connections.dec());
  });
}
