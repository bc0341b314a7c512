import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { listenError } from './listen-address.js';

/** Connections that wait at most until the server takes over, as many as the system would queue. */
const MAX_WAITING = 511;

/**
 * A port that is listened on before there is a server: its address is known, no other process can take it, and those who connect wait until
 * the server takes over.
 */
export class BoundPort {
  private readonly waiting: Socket[] = [];

  private constructor(
    private readonly holder: Server,
    private readonly host: string,
    /** The address of the server to be, such as `http://127.0.0.1:8080`. */
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
   * The server listens in place of this, on the same socket of the system, and gets the connections that wait.
   * @throws an error as {@link listenError} makes it
   */
  async handOver(app: NestFastifyApplication): Promise<void> {
    const { address, port } = this.holder.address() as AddressInfo;
    if (this.host === 'localhost') {
      // The name may have several addresses, and Fastify listens on all of them: those who connect just now have to try again.
      await this.release();
      await app.listen({ host: this.host, port }).catch((error: NodeJS.ErrnoException) => {
        throw listenError(error, this.host, port);
      });
    } else {
      // Node listens on the handle; host and port are for those who ask.
      const handle = Reflect.get(this.holder, '_handle') as unknown;
      await app.listen({ host: address, port, handle } as { host: string });
    }
    const http = app.getHttpServer();
    for (const socket of this.waiting.splice(0)) {
      http.emit('connection', socket);
      socket.resume();
    }
  }

  /** Gives the port back, where no server has taken it over. */
  async close(): Promise<void> {
    for (const socket of this.waiting.splice(0)) socket.destroy();
    await this.release();
  }

  private async release(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // Which is not until its last connection is closed: the port is free at once.
    this.holder.close();
    setImmediate(resolve);
    await promise;
  }
}

/** An address that can be opened: one of all is reached on loopback. */
function urlOf({ address, family, port }: AddressInfo): string {
  if (family === 'IPv6') return `http://[${address === '::' ? '::1' : address}]:${port}`;
  return `http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`;
}
