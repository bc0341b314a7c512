import { hash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { BatchingService, type ModelEngineFactory } from '@frontier/batching';
import { isAlive } from '../support/is-alive.js';
import { readEvents, startServer, STORYTELLER, type TestServer, TOKEN } from '../support/server.js';

interface Model {
  id: string;
  status: string;
  policy: string;
  idle_unload_at: number | null;
  error?: { code: string; message: string; retry_at: number | null };
}

/** Part of `BatchingService` that makes engines. */
interface Factory {
  createEngine: ModelEngineFactory;
}

const EMPTY = '/nothing/here';
const KEY = 'search-token';

describe('models that come and go', () => {
  let folder: string;
  let server: TestServer;
  const headers = { authorization: `Bearer ${TOKEN}` };
  const complete = (model: string): Promise<Response> =>
    server.post('/v1/completions', { model, prompt: 'Once upon a time', temperature: 0, max_tokens: 4 });
  const modelOf = async (id: string): Promise<Model | undefined> => {
    const { data } = (await (await fetch(`${server.url}/v1/models`, { headers })).json()) as { data: Model[] };
    return data.find((model) => model.id === id);
  };
  const admin = async (path: string, token = TOKEN): Promise<{ status: number; body: Model & { detail: string } }> => {
    const response = await server.post(`/admin/models/${path}`, '', { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: (await response.json()) as Model & { detail: string } };
  };
  const becomes = (id: string, status: string): Promise<void> =>
    vi.waitFor(async () => expect(await modelOf(id)).toMatchObject({ status }), { timeout: 10_000, interval: 50 });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-residency-'));
    mkdirSync(join(folder, 'models'));
    const keys = join(folder, 'keys.yaml');
    writeFileSync(keys, `keys: [{ name: search, sha256: ${hash('sha256', KEY)} }]`);
    server = await startServer({
      ready: false,
      env: { MODELS_DIR: join(folder, 'models'), GRAPH_CACHE_DIR: join(folder, 'graphs'), API_KEYS_FILE: keys },
      yaml: `models:
  - { name: wanted, path: ${STORYTELLER}, residency: on_demand }
  - { name: brief, path: ${STORYTELLER}, residency: on_demand, keep_alive: 0.3 }
  - { name: broken, path: ${EMPTY}, residency: on_demand }`,
    });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are loaded by the first request, once for all who wait, and leave with their processes', async () => {
    expect(await modelOf('wanted')).toMatchObject({ status: 'unloaded', policy: 'on_demand' });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const created = vi.spyOn(server.app.get(BatchingService) as unknown as Factory, 'createEngine');
    const responses = await Promise.all(Array.from({ length: 5 }, () => complete('wanted')));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(created).toHaveBeenCalledTimes(1);
    expect(await modelOf('wanted')).toMatchObject({ status: 'ready', idle_unload_at: null });

    const { pids } = server.app.get(BatchingService).engine('wanted');
    expect(await admin('wanted/unload')).toMatchObject({ status: 200, body: { id: 'wanted', status: 'unloaded' } });
    expect([pids.length, pids.filter(isAlive)]).toEqual([2, []]);
    expect((await complete('wanted')).status).toBe(200);
  });

  it('leave when no request has come for a while', async () => {
    expect((await complete('brief')).status).toBe(200);
    expect((await modelOf('brief'))!.idle_unload_at).toBeGreaterThan(Date.now() - 1000);
    await becomes('brief', 'unloaded');
  });

  it('are not tried again and again where they cannot be loaded', async () => {
    const response = await complete('broken');
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('model_unavailable')]);
    const created = vi.spyOn(server.app.get(BatchingService) as unknown as Factory, 'createEngine').mockClear();
    expect((await complete('broken')).status).toBe(503);
    expect(created).not.toHaveBeenCalled();
    const { status, body } = await admin('broken/load');
    expect([status, body]).toEqual([503, expect.objectContaining({ code: 'model_load_failed' })]);
    expect(body.detail).toContain(EMPTY);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  it('are for operators to load and unload', async () => {
    expect((await admin('wanted/unload', KEY)).status).toBe(403);
    expect((await admin('nobody/load')).status).toBe(404);
    expect((await admin('wanted/load?wait=perhaps')).status).toBe(422);
    expect(await admin('wanted/load?wait=false')).toMatchObject({ status: 202, body: { id: 'wanted' } });
    expect(await admin('wanted/load')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('tell operators of each change', async () => {
    const ending = new AbortController();
    onTestFinished(() => ending.abort());
    const events = readEvents(await fetch(`${server.url}/admin/models/events`, { headers, signal: ending.signal }));
    const next = async (): Promise<string> => {
      const { event, data } = (await events.next()).value!;
      return `${event} ${data.id as string} ${data.status as string}`;
    };
    const first = [await next(), await next(), await next()];
    expect(first.sort()).toEqual(['model brief unloaded', 'model broken failed', 'model wanted ready']);
    void admin('wanted/unload');
    const seen: string[] = [];
    while (seen.at(-1) !== 'model wanted unloaded') seen.push(await next());
    expect(seen).toContain('model wanted unloading');
  });

  it('are served as they lie in MODELS_DIR', async () => {
    const [own, away] = ['own', '.own'].map((name) => join(folder, 'models', name));
    expect((await complete('own')).status).toBe(404);
    cpSync(STORYTELLER, away, { recursive: true });
    renameSync(away, own);
    await becomes('own', 'unloaded');
    expect((await complete('own')).status).toBe(200);
    renameSync(own, away);
    await vi.waitFor(async () => expect((await complete('own')).status).toBe(404), { timeout: 10_000, interval: 100 });
  });

  it("answer to Triton's clients", async () => {
    const call = (path: string): Promise<Response> => server.post(`/v2/repository/${path}`, '');
    const states = async (): Promise<unknown> => (await call('index')).json();
    expect((await call('models/wanted/load')).status).toBe(200);
    expect(await states()).toContainEqual({ name: 'wanted', version: '1', state: 'READY', reason: '' });
    expect((await call('models/wanted/unload')).status).toBe(200);
    expect(await states()).toContainEqual({ name: 'wanted', version: '1', state: 'UNAVAILABLE', reason: '' });
    const failed = await call('models/broken/load');
    expect([failed.status, await failed.json()]).toEqual([503, { error: expect.stringContaining(EMPTY) }]);
  });
});
