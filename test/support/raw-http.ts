import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One connection over which a test writes the bytes of its requests itself. */
export class RawHttp {
  /** Received bytes that were not taken yet. */
  received = '';
  private readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    // What goes wrong shows in what has come.
    socket.on('error', () => {});
  }

  static async connect(url: string): Promise<RawHttp> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawHttp(socket);
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  /** Writes, and waits until it has been taken or the connection is closed. */
  async write(data: string | Uint8Array): Promise<void> {
    if (this.isClosed) return;
    const written = new AbortController();
    const taken = new Promise((resolve) => this.socket.write(data, resolve));
    await Promise.race([taken, once(this.socket, 'close', { signal: written.signal }).catch(() => {})]);
    written.abort();
  }

  /** Takes the next whole response, whose body must have a `content-length`. */
  async response(): Promise<{ status: number; head: string; body: string }> {
    for (;;) {
      const end = this.received.indexOf('\r\n\r\n');
      const head = this.received.slice(0, Math.max(end, 0));
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (end >= 0 && this.received.length >= end + 4 + length) {
        const body = this.received.slice(end + 4, end + 4 + length);
        this.received = this.received.slice(end + 4 + length);
        return { status: Number(head.slice(9, 12)), head, body };
      }
      if (this.isClosed) throw new Error(`The connection was closed after: ${JSON.stringify(this.received)}`);
      const came = new AbortController();
      const { signal } = came;
      await Promise.any([once(this.socket, 'data', { signal }), once(this.socket, 'close', { signal })]);
      came.abort();
    }
  }

  async closed(): Promise<void> {
    if (!this.isClosed) await once(this.socket, 'close');
  }

  close(): void {
    this.socket.destroy();
  }
}
