import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineStep } from '@frontier/batching';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readStream, startServer, type TestServer, waitFor } from '../support/server.ts';

const GREEDY = { prompt: 'Once upon a time', params: { temperature: 0, max_new_tokens: 24 } };
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Requests that engines began to work on. */
let begun = 0;
const count = (message: unknown): void => void (begun += (message as EngineStep).report.scheduled.length);

describe('the cache', () => {
  let server: TestServer;
  let folder: string;
  beforeAll(async () => {
    subscribe('frontier.engine.step', count);
    folder = mkdtempSync(join(tmpdir(), 'frontier-cache-'));
    const keys = join(folder, 'keys.yaml');
    writeFileSync(keys, `keys: [{ name: a, sha256: ${digest('a')} }, { name: b, sha256: ${digest('b')} }]`);
    server = await startServer({ env: { CACHE_BACKEND: 'memory', API_KEYS_FILE: keys } });
  });
  afterAll(async () => {
    unsubscribe('frontier.engine.step', count);
    await server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    await clear();
    begun = 0;
  });

  const clear = (token = 'test-token'): Promise<Response> =>
    fetch(`${server.url}/admin/cache`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });

  async function infer(
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: string | null; answer: Record<string, unknown> }> {
    const response = await server.post('/v1/infer', body, { headers });
    expect(response.status).toBe(200);
    const { id: _, latency_ms: _l, ...answer } = (await response.json()) as Record<string, unknown>;
    return { status: response.headers.get('x-cache'), answer };
  }

  it('answers the same greedy request without the engine', async () => {
    const first = await infer(GREEDY);
    const second = await infer(GREEDY);
    expect([first.status, second.status]).toEqual(['MISS', 'HIT']);
    expect([first.answer.cached, second.answer.cached]).toEqual([false, true]);
    expect({ ...second.answer, cached: false }).toEqual(first.answer);
    expect(begun).toBe(1);
  });

  it('takes an alias and an omitted default for the same', async () => {
    await infer(GREEDY);
    const same = { model: 'gpt-4o', ...GREEDY, params: { ...GREEDY.params, min_p: 0, top_k: null, priority: 'low' } };
    expect((await infer(same)).status).toBe('HIT');
  });

  it.each([
    ['another prompt', { prompt: 'Once upon a day' }, {}],
    ['more tokens', {}, { max_new_tokens: 25 }],
    ['a stop string', {}, { stop: 'dog' }],
    ['a bias', {}, { logit_bias: { '15': 1 } }],
    ['a penalty', {}, { presence_penalty: 0.1 }],
  ])('does not take %s for the same', async (_, body, params) => {
    await infer(GREEDY);
    expect((await infer({ ...GREEDY, ...body, params: { ...GREEDY.params, ...params } })).status).toBe('MISS');
  });

  it('keeps seeded answers, and none that are drawn', async () => {
    const seeded = { prompt: 'Tom', params: { seed: 7, max_new_tokens: 8 } };
    const drawn = { prompt: 'Tom', params: { max_new_tokens: 8 } };
    expect([(await infer(seeded)).status, (await infer(seeded)).status]).toEqual(['MISS', 'HIT']);
    expect([(await infer(drawn)).status, (await infer(drawn)).status]).toEqual(['BYPASS', 'BYPASS']);
  });

  it('obeys Cache-Control', async () => {
    const status = async (directive: string): Promise<string | null> =>
      (await infer(GREEDY, { 'cache-control': directive })).status;
    expect(await status('no-store')).toBe('BYPASS');
    expect(await status('max-age=60')).toBe('MISS');
    expect(await status('max-age=60')).toBe('HIT');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await status('max-age=0')).toBe('MISS');
    expect(await status('no-cache')).toBe('BYPASS');
    expect(await status('no-store')).toBe('BYPASS');
    expect(await status('private, something=else')).toBe('HIT');
    expect(begun).toBe(5);
  });

  it('replays a stream event for event, also to one-shot requests and from them', async () => {
    const stream = async (): Promise<{ status: string | null; events: unknown }> => {
      const response = await server.post('/v1/infer/stream', GREEDY);
      return { status: response.headers.get('x-cache'), events: (await readStream(response)).events };
    };
    const first = await stream();
    const second = await stream();
    expect([first.status, second.status, (await infer(GREEDY)).status]).toEqual(['MISS', 'HIT', 'HIT']);
    expect(second.events).toEqual(first.events);
    await clear();
    await infer(GREEDY);
    const third = await stream();
    expect([third.status, third.events]).toEqual(['HIT', first.events]);
  });

  it('keeps no answer that was not complete', async () => {
    const leaver = new AbortController();
    const long = { ...GREEDY, params: { ...GREEDY.params, max_new_tokens: 400, ignore_eos: true } };
    const response = await server.post('/v1/infer/stream', long, { signal: leaver.signal });
    await response.body!.getReader().read();
    leaver.abort();
    await waitFor(() => server.engine.unfinished === 0);
    expect((await infer(long)).status).toBe('MISS');
  });

  it('keeps callers apart', async () => {
    const as = (token: string): Promise<{ status: string | null }> =>
      infer(GREEDY, { authorization: `Bearer ${token}` });
    expect([(await as('a')).status, (await as('b')).status, (await as('a')).status]).toEqual(['MISS', 'MISS', 'HIT']);
  });

  it('is cleared by admins only', async () => {
    await infer(GREEDY);
    expect((await clear('a')).status).toBe(403);
    expect((await clear('nobody')).status).toBe(401);
    expect((await infer(GREEDY)).status).toBe('HIT');
    expect((await clear()).status).toBe(204);
    expect((await infer(GREEDY)).status).toBe('MISS');
  });
});

describe('identical requests at once', () => {
  let server: TestServer;
  beforeAll(async () => {
    subscribe('frontier.engine.step', count);
    server = await startServer({ env: { BATCH_MAX_SIZE: '1' } });
  });
  afterAll(async () => {
    unsubscribe('frontier.engine.step', count);
    await server.close();
  });

  const body = { prompt: 'The little girl', params: { temperature: 0, max_new_tokens: 300, ignore_eos: true } };

  /** Sends requests while the engine is busy with another one, which ends when all have arrived. */
  async function whileBusy<T>(requests: number, send: () => Promise<T>[]): Promise<T[]> {
    const busy = new AbortController();
    const endless = { prompt: 'Busy', params: { temperature: 0, max_new_tokens: 1000, ignore_eos: true } };
    const blocker = server.post('/v1/infer', endless, { signal: busy.signal }).catch(() => {});
    await waitFor(() => server.engine.report?.running === 1);
    begun = 0;
    let arrived = 0;
    const arrive = (): void => void arrived++;
    subscribe('http.server.request.start', arrive);
    const sent = send();
    await waitFor(() => arrived === requests);
    unsubscribe('http.server.request.start', arrive);
    busy.abort();
    await blocker;
    return Promise.all(sent);
  }
  const stream = (signal?: AbortSignal): Promise<Response> => server.post('/v1/infer/stream', body, { signal });

  it('run one sequence, and all get the whole answer', async () => {
    const responses = await whileBusy(50, () => Array.from({ length: 50 }, () => stream()));
    const texts = await Promise.all(responses.map(async (response) => (await readStream(response)).text));
    expect(begun).toBe(1);
    expect(new Set(texts).size).toBe(1);
    const statuses = responses.map(({ headers }) => headers.get('x-cache')).toSorted();
    expect(statuses).toEqual(['BYPASS', ...Array.from({ length: 49 }, () => 'COALESCED')]);
  });

  it('go on when the first caller leaves', async () => {
    const leaver = new AbortController();
    const [first, ...others] = await whileBusy(50, () => [
      stream(leaver.signal),
      ...Array.from({ length: 49 }, () => stream()),
    ]);
    await first.body!.getReader().read();
    leaver.abort();
    const endings = await Promise.all(others.map(async (response) => (await readStream(response)).events.at(-1)));
    expect(begun).toBe(1);
    for (const ending of endings) {
      expect(ending).toMatchObject({ event: 'done', data: { usage: { completion_tokens: 300 } } });
    }
  });

  it('end in the engine when the last caller leaves', async () => {
    const leavers = Array.from({ length: 3 }, () => new AbortController());
    const left = leavers.map(({ signal }) => server.post('/v1/infer', body, { signal }).catch(() => {}));
    await waitFor(() => server.engine.report?.running === 1);
    for (const leaver of leavers) leaver.abort();
    await Promise.all(left);
    const after = await server.post('/v1/infer', { prompt: 'Tom', params: { temperature: 0, max_new_tokens: 2 } });
    expect(after.status).toBe(200);
    expect(server.engine.report).toMatchObject({ running: 0 });
  });

  it('all get the error when it fails', async () => {
    const answers = Array.from({ length: 10 }, () => server.post('/v1/infer', body));
    await waitFor(() => server.engine.report?.running === 1);
    process.kill(server.engine.pid!, 'SIGKILL');
    for (const response of await Promise.all(answers)) {
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ code: 'engine_error' });
    }
    await waitFor(() => server.engine.state.phase === 'ready');
    expect((await server.post('/v1/infer', body)).status).toBe(200);
  });
});
