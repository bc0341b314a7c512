import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { listenError } from './listen-address.js';

/** Connections that wait at most until the server takes over, as many as the system would queue. */
const MAX_WAITING = 511;

/**
 * A port that is bound before the server starts: its address is known, no other process can take it, and connections wait until
 * the server takes over.
 */
export class BoundPort {
  private readonly waiting: Socket[] = [];

  private constructor(
    private readonly holder: Server,
    private readonly host: string,
    /** The address of the later server, such as `http://127.0.0.1:8080`. */
    readonly url: string,
  ) {
    holder.on('connection', (socket) => this.waiting.push(socket));
  }

  /** @throws an error as {@link listenError} makes it */
  static async open(host: string, port: number): Promise<BoundPort> {
    const holder = createServer({ pauseOnConnect: true });
    holder.maxConnections = MAX_WAITING;
    try {
      await once(holder.listen(port, host), 'listening');
    } catch (error) {
      throw listenError(error as NodeJS.ErrnoException, host, port);
    }
    return new BoundPort(holder, host, urlOf(holder.address() as AddressInfo));
  }

  /**
   * Hands the socket and the waiting connections over to the server.
   * @throws an error as {@link listenError} makes it
   */
  async handOver(app: NestFastifyApplication): Promise<void> {
    const { address, port } = this.holder.address() as AddressInfo;
    if (this.host === 'localhost') {
      // Fastify listens on all addresses of the name, so it binds them anew: connections of this moment fail.
      await this.release();
      await app.listen({ host: this.host, port }).catch((error: NodeJS.ErrnoException) => {
        throw listenError(error, this.host, port);
      });
    } else {
      // Node listens on the handle; host and port are informative.
      const handle = Reflect.get(this.holder, '_handle') as unknown;
      await app.listen({ host: address, port, handle } as { host: string });
    }
    const http = app.getHttpServer();
    for (const socket of this.waiting.splice(0)) {
      http.emit('connection', socket);
      socket.resume();
    }
  }

  /** Frees the port, if no server has taken it over. */
  async close(): Promise<void> {
    for (const socket of this.waiting.splice(0)) socket.destroy();
    await this.release();
  }

  private async release(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // The port is free at once; the callback of `close` comes with the end of the last connection.
    this.holder.close();
    setImmediate(resolve);
    await promise;
  }
}

/** An address for clients: a server on all addresses is reached on loopback. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (family === 'IPv6') return `http://[${address === '::' ? '::1' : address}]:${port}`;
  return `http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`;
}
