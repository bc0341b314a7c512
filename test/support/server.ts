import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readServerConfig } from '@frontier/server/config';
import { BatchingService, type ForkedEngine, type ModelEngineFactory } from '@frontier/batching';
import { ModelRegistry } from '@frontier/inference';
import { createServer, type ServerOptions } from '@frontier/server';

export const TOKEN = 'test-token';
export const STORYTELLER = resolve(import.meta.dirname, '../../models/storyteller');

/** A server of this process on a free port, with real engine processes. */
export interface TestServer {
  url: string;
  app: NestFastifyApplication;
  /** The engine of the default model. */
  engine: ForkedEngine;
  /** POSTs a body as JSON with the token; a string is sent as it is. */
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

interface TestServerOptions {
  env?: Record<string, string>;
  /** The models file; default: the bundled model. */
  yaml?: string;
  /** Modules to add. */
  modules?: ServerOptions['modules'];
  /** Makes the engines of the models; default: forks their processes. */
  engines?: ModelEngineFactory;
  /** Waits until all models are ready; default true. */
  ready?: boolean;
}

export async function startServer({
  env = {},
  yaml,
  modules,
  engines,
  ready = true,
}: TestServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-e2e-'));
  const models = join(folder, 'models.yaml');
  writeFileSync(models, yaml ?? `models: [{ name: storyteller, path: ${STORYTELLER}, aliases: [gpt-4o] }]`);
  const config = readServerConfig({
    TRUTHGPT_API_TOKEN: TOKEN,
    TRUTHGPT_CONFIG: models,
    PORT: '0',
    ENVIRONMENT: 'test',
    LOG_LEVEL: 'FATAL',
    // Answers from the cache would hide what the engine does.
    CACHE_BACKEND: 'none',
    DATA_DIR: join(folder, 'data'),
    // It would be in DATA_DIR, which some tests put on a disk of a few megabytes.
    GRAPH_CACHE_DIR: 'off',
    ...env,
  });
  const app = await createServer({ config, modules });
  if (engines) Reflect.set(app.get(BatchingService), 'createEngine', engines);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace(/\/$/, '');
  const engine = app.get(BatchingService).engine(app.get(ModelRegistry).get().name) as ForkedEngine;
  const server: TestServer = {
    url,
    app,
    engine,
    post: (path, body, init = {}) =>
      fetch(url + path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...init.headers },
      }),
    close: async () => {
      await app.close();
      rmSync(folder, { recursive: true });
    },
  };
  if (ready) await waitFor(() => engine.state.phase === 'ready');
  return server;
}

/** Waits until a condition holds, and asks ever less often, to stay below any limit of requests; fails after a while. */
export async function waitFor(condition: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = 5; !(await condition()); pauseMs = Math.min(pauseMs + 1, 50)) {
    if (performance.now() > deadline) throw new Error(`Still not: ${condition.toString()}`);
    await new Promise((resolve_) => setTimeout(resolve_, pauseMs));
  }
}

/** Tests for a URL that responds with success. */
export function isUp(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

export interface StreamEvent {
  event: string;
  data: Record<string, unknown>;
}

/** The server-sent events of a response, as they arrive. */
export async function* readEvents(response: Response): AsyncGenerator<StreamEvent> {
  let buffer = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    buffer += chunk;
    for (let end = buffer.indexOf('\n\n'); end !== -1; end = buffer.indexOf('\n\n')) {
      const lines = buffer.slice(0, end).split('\n');
      buffer = buffer.slice(end + 2);
      const field = (name: string): string =>
        lines.find((line) => line.startsWith(`${name}: `))!.slice(name.length + 2);
      yield { event: field('event'), data: JSON.parse(field('data')) as Record<string, unknown> };
    }
  }
}

/** All events of a response, and the text of its tokens. */
export async function readStream(response: Response): Promise<{ events: StreamEvent[]; text: string }> {
  const events: StreamEvent[] = [];
  for await (const event of readEvents(response)) events.push(event);
  const text = events
    .filter(({ event }) => event === 'token')
    .map(({ data }) => data.text as string)
    .join('');
  return { events, text };
}
