import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Hello, Life, LiveModel, Notice, Tick } from '../../../apps/console/src/live/live-events.ts';
import { serveConsole } from '../../../libs/server/dist/console/serve-console.js';
import { aHello, anIdleTick } from './live-data.ts';

interface Events {
  tick: Tick;
  life: Partial<Life>;
  model: LiveModel;
  notice: Notice;
  job: object;
  bye: { reason: string; retry_ms: number };
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** The built page with the headers of the server, and a live stream that plays what a test says. */
export class ScriptedServer {
  url = '';
  hello: Hello;
  /** Keys that are taken; default: all. */
  keys: string[] | undefined;
  /** Responses of further routes, by method and path. */
  readonly handlers: Record<string, Handler> = {};
  /** How far the server's clock is ahead of the browser's. */
  clockAheadMs = 0;
  /** Streams that were opened. */
  opened = 0;
  private readonly streams = new Set<ServerResponse>();
  private app: FastifyInstance;
  private readonly wellKnownKey: string | null;

  private constructor(hello: Hello, wellKnownKey: string | null) {
    this.hello = hello;
    this.wellKnownKey = wellKnownKey;
    this.app = this.build();
  }

  /** @param wellKnownKey `null`: the page asks for a key */
  static async start({
    hello = aHello(),
    wellKnownKey = 'changeme',
  }: { hello?: Hello; wellKnownKey?: string | null } = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(hello, wellKnownKey);
    await server.listen(0);
    return server;
  }

  get page(): string {
    return `${this.url}/console/`;
  }

  emit<Name extends keyof Events>(event: Name, data: Events[Name]): void {
    const whole = this.complete(event, data);
    for (const stream of this.streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(whole)}\n\n`);
    if (event === 'bye') for (const stream of this.streams) stream.end();
  }

  /** Ticks have all models, as the server's do. */
  private complete(event: string, data: object): object {
    if (event === 'life') return { at: Date.now(), up: [], gone: [], more: { waiting: 0, running: 0 }, ...data };
    if (event !== 'tick') return data;
    const idle = this.hello.models.map(({ id }) => [id, anIdleTick({ max_batch: 0 })] as const);
    return { ...data, models: { ...Object.fromEntries(idle), ...(data as Tick).models } };
  }

  /** Ends the process, as far as callers can tell. */
  async stop(): Promise<void> {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
    this.app.server.closeAllConnections();
    await this.app.close();
  }

  /** Serves again, where it did before. */
  async startAgain(): Promise<void> {
    this.app = this.build();
    await this.listen(Number(new URL(this.url).port));
  }

  private async listen(port: number): Promise<void> {
    await this.app.listen({ port, host: '127.0.0.1' });
    this.url = `http://127.0.0.1:${(this.app.server.address() as AddressInfo).port}`;
  }

  private build(): FastifyInstance {
    const app = fastify({ forceCloseConnections: true });
    serveConsole(app, { name: 'Frontier', version: '0.1.0', well_known_key: this.wellKnownKey });
    app.addHook('preHandler', (request, reply, done) => {
      const key = request.headers.authorization?.replace('Bearer ', '');
      if (!/^\/(v1|admin)\//.test(request.url) || (key !== undefined && (this.keys?.includes(key) ?? true)))
        return done();
      void reply.code(401).send({ error: { message: 'A valid API token is required.', code: 'invalid_api_key' } });
    });
    app.get('/v1/live', (_, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      reply.raw.write(
        `event: hello\ndata: ${JSON.stringify({ ...this.hello, at: Date.now() + this.clockAheadMs })}\n\n`,
      );
      this.opened += 1;
      this.streams.add(reply.raw);
      reply.raw.on('close', () => this.streams.delete(reply.raw));
    });
    app.all('/*', (request, reply) => {
      const handler = this.handlers[`${request.method} ${request.url.split('?', 1)[0]}`];
      return handler
        ? handler(request, reply)
        : reply.code(404).send({ code: 'not_found', detail: 'There is no such route.' });
    });
    return app;
  }
}
