import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

interface ChatBody {
  messages: { role: string; content: string }[];
  stream?: boolean;
}

/** A server with one model that answers as a test wants, slowly: for commands that talk to servers. */
export class ScriptedApi {
  readonly bodies: ChatBody[] = [];
  key = 'changeme';
  words = ['Once', ' upon', ' a', ' time.'];
  pauseMs = 1;
  /** Description of the model for operators. */
  model: Record<string, unknown> = {
    id: 'storyteller',
    aliases: ['gpt-4o'],
    task: 'generate',
    status: 'ready',
    precision: 'int8',
    context: 1024,
    memory: 38_000_000,
    source: 'hf:frontier/tiny',
  };
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(): Promise<ScriptedApi> {
    const api = new ScriptedApi();
    await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.url === '/') return void response.end('{"service":"Frontier-Model-Run Inference API"}');
    if (request.headers.authorization !== `Bearer ${this.key}`) {
      return void response
        .writeHead(401)
        .end('{"error":{"code":"unauthorized","message":"A valid API token is required."}}');
    }
    if (request.url === '/v1/models') {
      const { source: _, memory: _m, context, ...model } = this.model;
      return void response.end(JSON.stringify({ data: [{ ...model, parent: null, max_model_len: context }] }));
    }
    if (request.url === '/admin/models/events') {
      // Never ended, as by a server.
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return void response.write(`event: model\ndata: ${JSON.stringify(this.model)}\n\n`);
    }
    await this.complete(JSON.parse(body) as ChatBody, response);
  }

  private async complete(body: ChatBody, response: ServerResponse): Promise<void> {
    this.bodies.push(body);
    const usage = { prompt_tokens: 7, completion_tokens: this.words.length };
    if (!body.stream) {
      const choices = [{ index: 0, message: { role: 'assistant', content: this.words.join('') } }];
      return void response.end(JSON.stringify({ object: 'chat.completion', choices, usage }));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const content of this.words) {
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
      await sleep(this.pauseMs);
      if (response.destroyed) return;
    }
    response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
  }
}
