import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy whose connections can lose their peer without being closed, as when a machine is gone. */
export class BlackHole {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly links = new Set<[Socket, Socket]>();

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(targetPort: number): Promise<BlackHole> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new BlackHole(server);
    server.on('connection', (near) => {
      const far = connect(targetPort, '127.0.0.1');
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        proxy.sockets.add(socket);
        socket.on('error', () => {});
      }
      proxy.links.add([near, far]);
    });
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  /** From now on, what is sent over the present connections is lost; new ones work. */
  swallow(): void {
    for (const [near, far] of this.links) {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
    }
    this.links.clear();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}
