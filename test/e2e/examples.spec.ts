import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelRegistry, type ModelStatus } from '@frontier/inference';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL_ENCODER, writeRandomEncoder } from '../support/random-encoder.ts';
import { startServer, STORYTELLER, type TestServer, waitFor } from '../support/server.ts';

const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

/** Routes that clients may ask for and that no model here can serve: their status. */
const REFUSED: Record<string, number> = { '/embed_sparse': 424 };

interface Operation {
  requestBody?: { content: Record<string, { examples?: Record<string, { value: object }> }> };
  parameters?: { name: string; in: string; example?: unknown }[];
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** Headers of a webhook's body. */
function signed(body: string): Record<string, string> {
  const now = new Date();
  return {
    'webhook-id': 'msg_example',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(SECRET).sign('msg_example', now, body),
  };
}

describe('what Swagger UI is filled in with', () => {
  let server: TestServer;
  let document: Document;
  const folder = mkdtempSync(join(tmpdir(), 'frontier-examples-'));
  beforeAll(async () => {
    const models = [`{ name: storyteller, path: ${STORYTELLER}, aliases: [gpt-4o] }`];
    for (const [name, labels] of Object.entries({ embedder: undefined, judge: 1, classifier: 3 })) {
      writeRandomEncoder(join(folder, name), { ...SMALL_ENCODER, labels });
      models.push(`{ name: ${name}, path: ${join(folder, name)} }`);
    }
    server = await startServer({ env: { WEBHOOK_HMAC_SECRET: SECRET }, yaml: `models: [${models.join(', ')}]` });
    const statuses = (): ModelStatus[] => server.app.get(ModelRegistry).statuses();
    await waitFor(() => statuses().every(({ state }) => state.phase === 'ready'));
    document = (await (await fetch(`${server.url}/docs/json`)).json()) as Document;
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it('is taken by every route that has a body, and taken again', async () => {
    const outcomes: unknown[] = [];
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const { requestBody, parameters = [] } of Object.values(operations)) {
        if (!requestBody) continue;
        const { examples } = requestBody.content['application/json'];
        if (!examples) outcomes.push([path, 'has no example']);
        expect(parameters.filter(({ example }) => example !== undefined)).toEqual([]);
        for (const { value } of Object.values(examples ?? {})) {
          const body = JSON.stringify(value);
          const headers = path === '/webhooks/ingest' ? signed(body) : {};
          for (let time = 0; time < 2; time++) {
            const model = path.includes('/generate') ? 'storyteller' : 'embedder';
            const url = path.replace('{model}', model).replace('{version}', '1');
            const response = await server.post(url, body, { headers });
            const isExpected = path in REFUSED ? response.status === REFUSED[path] : response.ok;
            if (!isExpected) outcomes.push([path, body, response.status, await response.text()]);
            await response.body?.cancel().catch(() => {});
          }
        }
      }
    }
    expect(outcomes).toEqual([]);
  });

  it('gets what the bundled model is good at', async () => {
    const { greeting, story } =
      document.paths['/v1/chat/completions'].post.requestBody!.content['application/json'].examples!;
    const say = async (body: object): Promise<string> => {
      const answer = await (await server.post('/v1/chat/completions', body)).json();
      return (answer as { choices: { message: { content: string } }[] }).choices[0].message.content;
    };
    expect(await say(greeting.value)).toMatch(/^Hello! .*stor(y|ies)/);
    expect(await say(story.value)).toMatch(/fox/);
    // Without settings, the model's own hold.
    for (let i = 0; i < 5; i++) {
      expect(await say({ messages: [{ role: 'user', content: 'Hello!' }] })).toMatch(/stor(y|ies|yteller)/);
    }
  });
});
