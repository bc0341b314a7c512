import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A message that was verified. */
export interface Received {
  id: string;
  type: string;
  data: { id: string; status: string; output: string | null };
  headers: IncomingHttpHeaders;
}

/** Responds to a message; default: 200. */
export type Answer = (response: ServerResponse, count: number) => void;

/** A real receiver: an HTTP server that verifies every message with the `standardwebhooks` package. */
export class JobReceiver {
  readonly received: Received[] = [];
  /** Messages that could not be verified. */
  readonly refused: string[] = [];
  private readonly server: Server;

  private constructor(secret: string, answer: Answer) {
    const webhook = new Webhook(secret);
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        try {
          const message = webhook.verify(body, request.headers as Record<string, string>) as Omit<
            Received,
            'id' | 'headers'
          >;
          this.received.push({ ...message, id: request.headers['webhook-id'] as string, headers: request.headers });
        } catch (error) {
          this.refused.push(`${String(error)}: ${body}`);
        }
        answer(response, this.received.length);
      });
    });
  }

  static async start(secret: string, answer: Answer = (response) => response.end()): Promise<JobReceiver> {
    const receiver = new JobReceiver(secret, answer);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
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
