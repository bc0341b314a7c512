import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { STORYTELLER, startServer, type TestServer, waitFor } from '../support/server.ts';

const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
const SHORT = { prompt: 'Tom', params: { temperature: 0, max_new_tokens: 2 } };
const ENDLESS = { prompt: 'Tom', params: { temperature: 0, max_new_tokens: 900, ignore_eos: true } };

/** A file of two keys, one of which may do little. */
function keysFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-limits-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'keys.yaml');
  writeFileSync(
    path,
    `keys:
  - { name: narrow, sha256: ${digest('narrow')}, models: [other], rate_limit: 3 }
  - { name: small, sha256: ${digest('small')}, models: [gpt-4o], tokens_per_minute: 100, max_concurrent: 1, priority: low }`,
  );
  return path;
}

const as = (token: string): { headers: Record<string, string> } => ({ headers: { authorization: `Bearer ${token}` } });

describe('keys', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('are asked for on every route that is not meant to be open', async () => {
    server = await startServer({ ready: false });
    const open = new Set([
      '/',
      '/health',
      '/ready',
      '/livez',
      '/readyz',
      '/startupz',
      '/metrics',
      '/docs',
      '/console',
      '/webhooks/ingest',
      '*',
    ]);
    const closed: string[] = [];
    for (const { method, url } of routesOf(server)) {
      if (open.has(url) || /^\/(docs|console)\//.test(url)) continue;
      const json = { body: '{}', headers: { 'content-type': 'application/json' } };
      const response = await fetch(server.url + url.replace('*', '/x/y'), {
        method,
        ...(method === 'POST' ? json : {}),
      });
      closed.push(`${method} ${url} ${response.status}`);
    }
    expect(closed.toSorted()).toEqual([
      'DELETE /admin/cache 401',
      'GET /admin/jobs/dead-letters 401',
      'GET /admin/models/events 401',
      'GET /info 401',
      'GET /v1/jobs 401',
      'GET /v1/jobs/:id 401',
      'GET /v1/jobs/:id/deliveries 401',
      'GET /v1/jobs/:id/events 401',
      'GET /v1/jobs/:id/response 401',
      'GET /v1/live 401',
      'GET /v1/models 401',
      'GET /v1/models* 401',
      'GET /v1/models/:model 401',
      'GET /v2 401',
      'GET /v2/health/live 401',
      'GET /v2/health/ready 401',
      'GET /v2/models/:model 401',
      'GET /v2/models/:model/ready 401',
      'GET /v2/models/:model/versions/:version 401',
      'GET /v2/models/:model/versions/:version/ready 401',
      'POST /admin/jobs/:id/requeue 401',
      'POST /admin/models/:model/load 401',
      'POST /admin/models/:model/unload 401',
      'POST /apply-template 401',
      'POST /decode 401',
      'POST /detokenize 401',
      'POST /embed 401',
      'POST /embed_all 401',
      'POST /embed_sparse 401',
      'POST /models/:model/embed 401',
      'POST /predict 401',
      'POST /rerank 401',
      'POST /similarity 401',
      'POST /tokenize 401',
      'POST /v1/chat/completions 401',
      'POST /v1/classify 401',
      'POST /v1/completions 401',
      'POST /v1/embeddings 401',
      'POST /v1/infer 401',
      'POST /v1/infer/stream 401',
      'POST /v1/jobs 401',
      'POST /v1/jobs/:id/cancel 401',
      'POST /v1/jobs/:id/deliveries/:number/replay 401',
      'POST /v1/messages 401',
      'POST /v1/messages/count_tokens 401',
      'POST /v1/rerank 401',
      'POST /v1/responses 401',
      'POST /v1/score 401',
      'POST /v2/embed 401',
      'POST /v2/models/:model/generate 401',
      'POST /v2/models/:model/generate_stream 401',
      'POST /v2/models/:model/infer 401',
      'POST /v2/models/:model/versions/:version/infer 401',
      'POST /v2/repository/index 401',
      'POST /v2/repository/models/:model/load 401',
      'POST /v2/repository/models/:model/unload 401',
      'POST /v2/rerank 401',
    ]);
  });

  it('may be limited to models, by name or alias', async () => {
    const yaml = `models: [{ name: storyteller, path: ${STORYTELLER}, aliases: [gpt-4o] }]`;
    server = await startServer({ yaml, env: { API_KEYS_FILE: keysFile() } });
    expect((await server.post('/v1/infer', SHORT, as('small'))).status).toBe(200);
    const refused = await server.post('/v1/infer', SHORT, as('narrow'));
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({ code: 'model_not_found' });
    expect((await server.post('/v1/infer', SHORT, as('test-token'))).status).toBe(200);
  });

  it('that are limited to models learn no name of another one, on any route', async () => {
    const yaml = `models: [{ name: secret-one, path: ${STORYTELLER} }, { name: other, path: ${STORYTELLER}, aliases: [second] }]`;
    server = await startServer({ yaml, ready: false, env: { API_KEYS_FILE: keysFile() } });
    const bodies: Record<string, object> = {
      '/v1/infer': { prompt: 'x' },
      '/v1/infer/stream': { prompt: 'x' },
      '/v1/jobs': { prompt: 'x' },
      '/v1/completions': { prompt: 'x' },
      '/v1/chat/completions': { messages: [{ role: 'user', content: 'x' }] },
      '/tokenize': { prompt: 'x' },
      '/detokenize': { tokens: [1] },
      '/apply-template': { messages: [{ role: 'user', content: 'x' }] },
    };
    const answer = async (path: string, body: object): Promise<string> => {
      const response = await server.post(path, body, as('narrow'));
      const text = (await response.text()).replace(/"request_id":"[^"]*"/, '');
      return `${path} ${response.status} ${text}`;
    };
    for (const [path, body] of Object.entries(bodies)) {
      const [forbidden, unknown] = await Promise.all([
        answer(path, { ...body, model: 'secret-one' }),
        answer(path, { ...body, model: 'nothing-at' }),
      ]);
      expect(forbidden).toMatch(/ 404 .*"model_not_found"/);
      expect(forbidden).toContain('Available: other, second.');
      expect(forbidden).toBe(unknown.replaceAll('nothing-at', 'secret-one'));
      expect(await answer(path, body)).toMatch(/ 404 (?!.*secret)/);
    }
    const list = await fetch(`${server.url}/v1/models`, as('narrow'));
    const { data } = (await list.json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(['other', 'second']);
    const one = await fetch(`${server.url}/v1/models/secret-one`, as('narrow'));
    expect([one.status, await one.text()]).toEqual([404, expect.stringContaining('Available: other, second.')]);
  });
});

describe('limits', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('refuse what exceeds the requests of a window, per caller and endpoint, and tell in headers', async () => {
    server = await startServer({
      env: { RATE_LIMIT_RPM: '2', RATE_LIMIT_WINDOW_SEC: '30', API_KEYS_FILE: keysFile() },
    });
    const first = await server.post('/v1/infer', SHORT);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'ratelimit-policy': '"requests";q=2;w=30',
      ratelimit: '"requests";r=1;t=30',
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '30s',
    });
    expect((await server.post('/v1/infer', '{}')).status).toBe(422);
    const refused = await server.post('/v1/infer', SHORT);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'rate_limit_exceeded', title: 'Too Many Requests' });
    const retryAfterMs = Number(refused.headers.get('retry-after-ms'));
    expect(retryAfterMs).toBeGreaterThan(20_000);
    expect(Number(refused.headers.get('retry-after'))).toBe(Math.ceil(retryAfterMs / 1000));
    expect(refused.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=(29|30)$/);

    expect((await server.post('/v1/infer/stream', SHORT)).status).toBe(200);
    const other = await Promise.all(Array.from({ length: 4 }, () => server.post('/v1/infer', SHORT, as('narrow'))));
    expect(other.map(({ status }) => status).toSorted()).toEqual([404, 404, 404, 429]);
    for (let i = 0; i < 5; i++) expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  it('reserve tokens, and give back what was not needed', async () => {
    server = await startServer({ env: { API_KEYS_FILE: keysFile() } });
    const ask = (max_new_tokens: number): Promise<Response> =>
      server.post(
        '/v1/infer',
        { prompt: 'Tom', params: { temperature: 0, max_new_tokens, ignore_eos: true } },
        as('small'),
      );
    const first = await ask(80);
    expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=600;w=60, "tokens";q=100;w=60');
    expect(Number(first.headers.get('x-ratelimit-remaining-tokens'))).toBeLessThan(20);
    const refused = await ask(60);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('100 tokens in 60 s') });
    expect(refused.headers.get('ratelimit')).toMatch(/^"requests";r=598;t=\d+, "tokens";r=1\d;t=\d+$/);
    expect((await ask(3)).status).toBe(200);
    const tooMuch = await ask(101);
    expect(tooMuch.status).toBe(429);
    expect(tooMuch.headers.get('retry-after')).toBeNull();
    expect(await tooMuch.json()).toMatchObject({ detail: expect.stringContaining('alone needs more') });
  });

  it('refund the tokens of a caller who leaves, and count what runs at once', async () => {
    server = await startServer({ env: { API_KEYS_FILE: keysFile(), TOKENS_PER_MINUTE: '1' } });
    const leaver = new AbortController();
    const body = { prompt: 'Tom', params: { max_new_tokens: 95, ignore_eos: true } };
    const crowd = server.post('/v1/infer', ENDLESS, as('small')).catch(() => {});
    expect((await crowd)?.status).toBe(429);
    const left = server.post('/v1/infer', body, { ...as('small'), signal: leaver.signal }).catch(() => {});
    await waitFor(() => server.engine.unfinished === 1);
    const beside = await server.post('/v1/infer', SHORT, as('small'));
    expect(beside.status).toBe(429);
    expect(await beside.json()).toMatchObject({ detail: expect.stringContaining('1 requests at once') });
    leaver.abort();
    await left;
    await waitFor(() => server.engine.unfinished === 0);
    // Of the 96 that were reserved, far fewer were used: 60 more fit into 100 only if the rest was given back.
    const after = { prompt: 'Tom', params: { temperature: 0, max_new_tokens: 60 } };
    await waitFor(async () => (await server.post('/v1/infer', after, as('small'))).status === 200);
  });
});

describe('limits by address', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('refuse an address that asks for the metrics too often', async () => {
    server = await startServer({ ready: false, env: { RATE_LIMIT_RPM: '2' } });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await fetch(`${server.url}/metrics`)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('refuse an address that tries many wrong tokens, behind a trusted proxy each for itself', async () => {
    server = await startServer({ env: { RATE_LIMIT_RPM: '3', TRUST_PROXY: 'loopback' } });
    const wrong = async (i: number, address: string): Promise<number> => {
      const headers = { authorization: `Bearer wrong-${i}`, 'x-forwarded-for': address };
      return (await server.post('/v1/infer', SHORT, { headers })).status;
    };
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push(await wrong(i, '10.0.0.1'));
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect(await wrong(0, '10.0.0.2')).toBe(401);
    const right = await server.post('/v1/infer', SHORT, { headers: { 'x-forwarded-for': '10.0.0.1' } });
    expect(right.status).toBe(200);
  });

  it.each([
    ['with a port of each connection', (i: number) => `10.0.1.1:${40_000 + i}`, '10.0.1.2:40000'],
    ['as IPv6 with ports', (i: number) => `[2001:db8::1]:${40_000 + i}`, '2001:db8:0:1::1'],
    ['as IPv4 in IPv6', (i: number) => (i % 2 ? '::ffff:10.0.2.1' : '10.0.2.1'), '::ffff:10.0.2.2'],
    ['of one IPv6 network', (i: number) => `2001:db8:1:2::${i + 1}`, '2001:db8:1:3::1'],
    ['that are none, which are the peer', (i: number) => `client-${i}`, '10.0.3.1'],
    ['that are none, after one that is', (i: number) => `10.0.4.${i}, client-${i}`, '10.0.4.1'],
    ['behind two proxies with ports', (i: number) => `10.0.5.1:${i + 1}, 127.0.0.1:${i + 1}`, '10.0.5.2, 127.0.0.1:9'],
  ])('know one client by addresses %s', async (_, address, other) => {
    server = await startServer({ env: { RATE_LIMIT_RPM: '3', TRUST_PROXY: 'loopback' }, ready: false });
    const wrong = async (i: number, forwardedFor: string): Promise<number> => {
      const headers = { authorization: `Bearer wrong-${i}`, 'x-forwarded-for': forwardedFor };
      return (await server.post('/v1/infer', SHORT, { headers })).status;
    };
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push(await wrong(i, address(i)));
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect(await wrong(0, other)).toBe(401);
  });
});

describe('deadlines', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('end a request that waits too long, or would', async () => {
    // It takes longer for 900 tokens than others wait.
    const yaml = `models: [{ name: slow, path: ${STORYTELLER}-large }]`;
    server = await startServer({ env: { BATCH_MAX_SIZE: '1', QUEUE_TIMEOUT_MS: '1000' }, yaml });
    const crowd = new AbortController();
    const busy = server.post('/v1/infer', ENDLESS, { signal: crowd.signal }).catch(() => {});
    // Waits are estimated from the speed of its tokens.
    await waitFor(() => server.engine.report?.kind === 'decode');
    const waiting = server.post('/v1/infer', { ...ENDLESS, prompt: 'Anna' });
    await waitFor(() => server.engine.waiting === 1);
    const hopeless = await server.post('/v1/infer', { ...SHORT, prompt: 'Ben' });
    // At once: the one before it has not even waited its time.
    expect(server.engine.waiting).toBe(1);
    expect(hopeless.status).toBe(503);
    expect(await hopeless.json()).toMatchObject({
      code: 'overloaded',
      detail: expect.stringContaining('the wait would be'),
    });
    const late = await waiting;
    expect(late.status).toBe(503);
    expect(await late.json()).toMatchObject({ code: 'queue_timeout' });
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    crowd.abort();
    await busy;
  });

  it('end an answer that takes too long: with 504 before its first byte, inside the stream after it', async () => {
    server = await startServer({ env: { REQUEST_TIMEOUT_MS: '400' } });
    const whole = await server.post('/v1/infer', ENDLESS);
    expect(whole.status).toBe(504);
    expect(await whole.json()).toMatchObject({ code: 'deadline_exceeded' });
    const streamed = await (await server.post('/v1/infer/stream', ENDLESS)).text();
    expect(streamed).toMatch(/event: token[\s\S]*event: error\ndata: {"error":{"code":"deadline_exceeded"/);
    await waitFor(() => server.engine.unfinished === 0);
  });

  it('are those of the caller where they are shorter', async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '1' } });
    const within = (timeout: string, prompt = 'Tom'): Promise<Response> =>
      server.post('/v1/infer', { ...ENDLESS, prompt }, { headers: { 'x-request-timeout-ms': timeout } });
    const late = await within('100');
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([504, 'deadline_exceeded']);
    const [running, waiting] = await Promise.all([within('300', 'Anna'), within('200', 'Ben')]);
    expect([running.status, waiting.status].toSorted()).toEqual([503, 504]);
    for (const wrong of ['soon', '0', '-1', '1.5']) {
      const refused = await within(wrong);
      expect(refused.status).toBe(422);
      expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('X-Request-Timeout-Ms') });
    }
    await waitFor(() => server.engine.unfinished === 0);
    expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
  });

  it('bound the tokens that may wait', async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '1', QUEUE_MAX_TOKENS: '1000' } });
    const leaver = new AbortController();
    const ask = (prompt: string): Promise<Response> =>
      server.post('/v1/infer', { ...ENDLESS, prompt }, { signal: leaver.signal });
    const crowd = [ask('Anna').catch(() => {})];
    await waitFor(() => server.engine.report?.running === 1);
    crowd.push(ask('Ben').catch(() => {}));
    await waitFor(() => server.engine.waiting === 1);
    const refused = await ask('Tom');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'overloaded', detail: expect.stringContaining('tokens') });
    leaver.abort();
    await Promise.all(crowd);
  });
});

describe("a model's circuit breaker", () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('does not open when callers ask for more than they have time for', async () => {
    server = await startServer({ env: { CIRCUIT_BREAKER_FAILURE_THRESHOLD: '1', REQUEST_TIMEOUT_MS: '300' } });
    for (let i = 0; i < 3; i++) await expectStatus(504, { ...ENDLESS, prompt: `Tom ${i}` });
    await expectStatus(200, SHORT);
  });

  it('opens after faults in a row, refuses at once, and closes when a request succeeds', async () => {
    const env = {
      CIRCUIT_BREAKER_FAILURE_THRESHOLD: '2',
      // Longer than the engine takes to be ready again.
      CIRCUIT_BREAKER_TIMEOUT_SEC: '3',
      ENGINE_HANG_TIMEOUT_MS: '5000',
    };
    server = await startServer({ env });
    for (let fault = 0; fault < 2; fault++) {
      const crowd = Array.from({ length: 5 }, (_, i) =>
        server.post('/v1/infer', { ...ENDLESS, prompt: `Tom ${fault} ${i}` }),
      );
      await waitFor(() => server.engine.unfinished === 5 && server.engine.waiting === 0);
      process.kill(server.engine.pid!, 'SIGKILL');
      expect((await Promise.all(crowd)).map(({ status }) => status)).toEqual([500, 500, 500, 500, 500]);
      await waitFor(() => server.engine.state.phase === 'ready');
      // Five requests that one fault ended are one fault.
      if (fault === 0) await expectStatus(422, { prompt: '' });
    }
    const refused = await server.post('/v1/infer', SHORT);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      code: 'circuit_open',
      detail: expect.stringContaining('storyteller'),
    });
    expect(['1', '2', '3']).toContain(refused.headers.get('retry-after'));
    await waitFor(async () => (await server.post('/v1/infer', SHORT)).status === 200);
    await expectStatus(200, SHORT);
  });

  async function expectStatus(status: number, body: unknown): Promise<void> {
    expect((await server.post('/v1/infer', body)).status).toBe(status);
  }
});

/** Every route that Fastify knows. */
function routesOf(server: TestServer): { method: string; url: string }[] {
  const lines = (server.app.getHttpAdapter().getInstance() as { printRoutes(options: object): string })
    .printRoutes({ commonPrefix: false })
    .split('\n');
  const routes: { method: string; url: string }[] = [];
  const parents: string[] = [];
  for (const line of lines) {
    const match = /^([│ ]*)[├└]── (\S*) \(([A-Z, ]+)\)$/.exec(line) ?? /^([│ ]*)[├└]── (\S+)()$/.exec(line);
    if (!match) continue;
    const [, indent, part, methods] = match;
    const depth = indent.length / 4;
    parents.length = depth;
    parents.push(part);
    for (const method of methods.split(', ').filter((name) => name && name !== 'HEAD' && name !== 'OPTIONS')) {
      routes.push({ method, url: parents.join('') });
    }
  }
  return routes;
}
