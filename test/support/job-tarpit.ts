import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver that takes connections and never responds, or breaks them; counts its requests. */
export class Tarpit {
  asked = 0;
  /** Requests that hang now, and the most that did. */
  hanging = 0;
  most = 0;
  private readonly server: Server;

  private constructor(breaks: boolean) {
    this.server = createServer((request, response: ServerResponse) => {
      this.asked++;
      if (breaks) return void request.socket.destroy();
      this.most = Math.max(this.most, ++this.hanging);
      response.on('close', () => this.hanging--);
    });
  }

  static async start({ breaks = false } = {}): Promise<Tarpit> {
    const tarpit = new Tarpit(breaks);
    tarpit.server.listen(0, '127.0.0.1');
    await once(tarpit.server, 'listening');
    return tarpit;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
