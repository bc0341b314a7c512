import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** A span as OTLP's JSON has it; ids in hexadecimal. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

/** Takes traces over OTLP/HTTP, in JSON, at the one path that a receiver has. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<OtlpReceiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const receiver = new OtlpReceiver(server);
    server.on('request', async (request, response) => {
      if (request.url !== '/v1/traces') {
        request.resume();
        response.writeHead(404).end();
        return;
      }
      const body = Buffer.concat(await request.toArray()).toString();
      const { resourceSpans } = JSON.parse(body) as {
        resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[];
      };
      for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) receiver.spans.push(...spans);
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
