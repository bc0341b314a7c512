import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineStep } from '@frontier/batching';
import { MemoryRateLimitStore, RedisRateLimitStore } from '@frontier/rate-limit';
import { RedisConnection } from '@frontier/redis';
import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { BlackHole } from '../support/black-hole.ts';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';

const GREEDY = { prompt: 'Once upon a time', params: { temperature: 0, max_new_tokens: 8 } };

describe.skipIf(!hasRedis)('with Redis', () => {
  let redis: TestRedis;
  const servers: TestServer[] = [];
  const processes: ServerProcess[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    for (const { child } of processes) child.kill('SIGKILL');
    await Promise.all(processes.splice(0).map((server) => server.exit()));
    await redis.kill();
  });

  async function start(env: Record<string, string>): Promise<TestServer> {
    const server = await startServer({ env: { REDIS_URL: redis.url, ...env } });
    servers.push(server);
    return server;
  }
  const degraded = async ({ url }: TestServer): Promise<string[]> => {
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(200);
    return ((await response.json()) as { degraded: string[] }).degraded;
  };

  it('two server processes never let more than one limit pass together', async () => {
    redis = await TestRedis.start();
    const LIMIT = 40;
    const env = { REDIS_URL: redis.url, RATE_LIMIT_RPM: String(LIMIT), RATE_LIMIT_WINDOW_SEC: '1', LOG_LEVEL: 'INFO' };
    processes.push(new ServerProcess(env), new ServerProcess(env));
    const urls = await Promise.all(processes.map((server) => server.ready()));
    const headers = { authorization: 'Bearer changeme' };
    const passed: { sentAt: number; doneAt: number }[] = [];
    let refused = 0;
    const until = performance.now() + 2500;
    await Promise.all(
      Array.from({ length: 16 }, async (_, i) => {
        for (let n = i; performance.now() < until; n++) {
          const sentAt = performance.now();
          // Refused for its fields after it was counted: what passes is cheap.
          const { status } = await fetch(`${urls[n % 2]}/v1/infer`, { method: 'POST', headers, body: '{}' });
          if (status === 429) {
            refused++;
            await sleep(20);
          } else passed.push({ sentAt, doneAt: performance.now() });
        }
      }),
    );
    expect(refused).toBeGreaterThan(100);
    // A request was counted at some time between its sending and its answer.
    for (const { doneAt } of passed) {
      const within = passed.filter((other) => other.sentAt >= doneAt && other.doneAt < doneAt + 1000);
      expect(within.length).toBeLessThanOrEqual(LIMIT);
    }
    expect(passed.length).toBeGreaterThan(2 * LIMIT);
    expect(passed.length).toBeLessThanOrEqual(4 * LIMIT);
  });

  it('processes share answers, keys of idempotency and tokens', async () => {
    redis = await TestRedis.start();
    const [one, two] = [await start({ CACHE_BACKEND: 'redis' }), await start({ CACHE_BACKEND: 'tiered' })];
    const status = async (server: TestServer): Promise<string | null> =>
      (await server.post('/v1/infer', GREEDY)).headers.get('x-cache');
    expect(await status(one)).toBe('MISS');
    expect([await status(two), await status(two), await status(one)]).toEqual(['HIT', 'HIT', 'HIT']);

    const drawn = { prompt: 'Tom', params: { max_new_tokens: 8 } };
    const headers = { 'idempotency-key': 'shared' };
    const first = await one.post('/v1/infer', drawn, { headers });
    const second = await two.post('/v1/infer', drawn, { headers });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await second.json()).toEqual(await first.json());
    expect((await two.post('/v1/infer', GREEDY, { headers })).status).toBe(422);

    const cleared = await fetch(`${one.url}/admin/cache`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(cleared.status).toBe(204);
    expect(await status(one)).toBe('MISS');
    expect((await two.post('/v1/infer', drawn, { headers })).headers.get('idempotent-replayed')).toBe('true');
  });

  it('is not given up by a process that is busy itself', async () => {
    redis = await TestRedis.start();
    const connection = (await start({})).app.get(RedisConnection);
    for (let i = 0; i < 4; i++) {
      const replies = [connection.run((client) => client.ping()), connection.run((client) => client.ping())];
      const until = performance.now() + 600;
      while (performance.now() < until);
      expect(await Promise.all(replies)).toEqual(['PONG', 'PONG']);
    }
    expect(connection.isAvailable).toBe(true);
  });

  it('processes share the tokens of a minute', async () => {
    redis = await TestRedis.start();
    const env = { TOKENS_PER_MINUTE: '100' };
    const [one, two] = [await start(env), await start(env)];
    const ask = (server: TestServer, prompt: string, max_new_tokens: number, stop?: string): Promise<Response> =>
      server.post('/v1/infer', { prompt, params: { temperature: 0, max_new_tokens, ignore_eos: true, stop } });
    expect((await ask(one, 'Tom', 60)).status).toBe(200);
    expect((await ask(two, 'Tom', 60)).status).toBe(429);
    // It reserves 30 and uses a few, so that the next one fits only if the rest was given back.
    expect((await ask(two, 'Once upon a time', 30, 'a')).status).toBe(200);
    await sleep(50);
    const last = await ask(one, 'Tom', 22);
    expect(last.status).toBe(200);
    expect(Number(last.headers.get('x-ratelimit-remaining-tokens'))).toBeLessThan(15);
  });

  it('a token window behaves as in memory, whatever is reserved, settled and given back', async () => {
    redis = await TestRedis.start();
    const server = await start({});
    const [far, near] = [new RedisRateLimitStore(server.app.get(RedisConnection)), new MemoryRateLimitStore()];
    const sizes = fc.record({ reserve: fc.integer({ min: 1, max: 60 }), used: fc.nat(60), settles: fc.boolean() });
    // The first use of a script takes a second round trip, and later commands may overtake it.
    (await far.reserve({ key: 'first', limit: 1, windowMs: 1000 }, 1)).settle(0);
    await sleep(100);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(sizes, { maxLength: 20 }), async (list) => {
        const window = { key: `tokens:${run++}`, limit: 100, windowMs: 60_000 };
        const open: { settle: (amount: number) => void }[] = [];
        for (const { reserve, used, settles } of list) {
          const [there, here] = [await far.reserve(window, reserve), await near.reserve(window, reserve)];
          expect([there.state.allowed, there.state.remaining]).toEqual([here.state.allowed, here.state.remaining]);
          for (const reservation of here.state.allowed ? [there, here] : []) {
            if (settles) reservation.settle(used);
            else open.push(reservation);
          }
        }
        for (const reservation of open) reservation.settle(0);
      }),
      { numRuns: 50 },
    );
    // Reservations that were given back leave the window as any other does.
    const brief = { key: 'brief', limit: 10, windowMs: 100 };
    for (let i = 0; i < 5; i++) {
      const reservation = await far.reserve(brief, 10);
      expect(reservation.state).toMatchObject({ allowed: true, remaining: 0 });
      reservation.settle(0);
      await sleep(60);
    }
    await sleep(150);
    expect((await far.reserve(brief, 10)).state).toMatchObject({ allowed: true, remaining: 0 });
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'no request fails while it is gone (%s) and comes back, and readiness tells the mode',
    async (signal) => {
      redis = await TestRedis.start();
      const server = await start({ CACHE_BACKEND: 'redis', RATE_LIMIT_RPM: '100000' });
      let begun = 0;
      const count = (message: unknown): void => void (begun += (message as EngineStep).report.scheduled.length);
      subscribe('frontier.engine.step', count);
      const failures: number[] = [];
      let answered = 0;
      const stopping = new AbortController();
      const load = Array.from({ length: 4 }, async (_, worker) => {
        for (let i = 0; !stopping.signal.aborted; i++) {
          const headers = { 'idempotency-key': `${signal}-${worker}-${i}` };
          const response = await server.post(
            '/v1/infer',
            { prompt: `Tale ${i % 7}`, params: { temperature: 0, max_new_tokens: 4 } },
            { headers },
          );
          if (response.status !== 200) failures.push(response.status);
          await response.arrayBuffer();
          answered++;
        }
      });
      await waitFor(() => answered > 20);
      expect(await degraded(server)).toEqual([]);
      await redis.kill(signal);
      await waitFor(async () => (await degraded(server)).length === 1);
      expect((await degraded(server))[0]).toContain('redis');
      const whileGone = answered;
      await waitFor(() => answered > whileGone + 20);
      if (signal === 'SIGKILL') await redis.start();
      else await redis.kill('SIGCONT');
      await waitFor(async () => (await degraded(server)).length === 0);
      const whileBack = answered;
      await waitFor(() => answered > whileBack + 20);
      stopping.abort();
      await Promise.all(load);
      unsubscribe('frontier.engine.step', count);
      expect(failures).toEqual([]);
      // Each mode computes each of the seven answers once, or a few times where they were lost with Redis.
      expect(begun).toBeLessThan(answered / 2);
      expect((await server.post('/v1/infer', GREEDY)).headers.get('x-cache')).toBe('MISS');
      expect((await server.post('/v1/infer', GREEDY)).headers.get('x-cache')).toBe('HIT');
    },
  );

  it('comes back by itself where nobody asks, and from a connection whose peer is gone without a word', async () => {
    redis = await TestRedis.start();
    const proxy = await BlackHole.start(Number(new URL(redis.url).port));
    const server = await startServer({ env: { REDIS_URL: proxy.url, RATE_LIMIT_RPM: '100000' } });
    servers.push(server);
    expect(await degraded(server)).toEqual([]);
    proxy.swallow();
    for (let i = 0; i < 4; i++) await server.post('/v1/infer', GREEDY);
    expect((await degraded(server)).length).toBe(1);
    await waitFor(async () => (await degraded(server)).length === 0);
    await proxy.stop();
  });

  it('serves when it was never there', async () => {
    redis = await TestRedis.start();
    await redis.kill();
    const server = await start({ CACHE_BACKEND: 'redis' });
    expect((await degraded(server)).length).toBe(1);
    const status = async (): Promise<string | null> => (await server.post('/v1/infer', GREEDY)).headers.get('x-cache');
    expect([await status(), await status()]).toEqual(['MISS', 'HIT']);
    await redis.start();
    await waitFor(async () => (await degraded(server)).length === 0);
  });

  it('falls back while it is a read-only replica, says so, and comes back by itself', async () => {
    redis = await TestRedis.start();
    const primary = await TestRedis.start();
    onTestFinished(() => primary.kill());
    const server = await start({ CACHE_BACKEND: 'redis', RATE_LIMIT_RPM: '3' });
    const ask = async (headers: Record<string, string> = {}): Promise<Response> => {
      const response = await server.post('/v1/infer', GREEDY, { headers });
      expect([200, 429]).toContain(response.status);
      return response;
    };
    expect(await degraded(server)).toEqual([]);
    const { hostname, port } = new URL(primary.url);
    await redis.command(`REPLICAOF ${hostname} ${port}`);
    await waitFor(async () => (await degraded(server)).length === 1);
    expect((await degraded(server))[0]).toMatch(/^redis: it refuses writes \(READONLY .*replica/);
    const health = (await (await fetch(`${server.url}/health`)).json()) as { checks: Record<string, string> };
    expect(health.checks.redis).toBe('degraded');
    // Limits, cache and keys are those of this process, and hold.
    const key = { 'idempotency-key': 'kept' };
    const first = await ask(key);
    expect(first.headers.get('x-cache')).toBe('MISS');
    expect((await ask(key)).headers.get('idempotent-replayed')).toBe('true');
    expect([(await ask()).headers.get('x-cache'), (await ask()).status]).toEqual(['HIT', 429]);

    await redis.command('REPLICAOF NO ONE');
    await waitFor(async () => (await degraded(server)).length === 0);
    expect((await ask()).headers.get('x-cache')).toBe('MISS');
    expect(await redis.command('KEYS frontier:rate-limit:*')).toContain('frontier:rate-limit:');
  });

  it('is good as it is for a user who may not write everywhere', async () => {
    redis = await TestRedis.start();
    await redis.command('ACL SETUSER app on >secret +@all ~frontier:rate-limit:*');
    const server = await start({ REDIS_URL: redis.url.replace('//', '//app:secret@') });
    expect(await degraded(server)).toEqual([]);
    await waitFor(async () => (await redis.command('ACL LOG')).includes('frontier:probe'));
    expect(await degraded(server)).toEqual([]);
  });

  it.each([
    ['OOM', 'CONFIG SET maxmemory 1'],
    ['NOREPLICAS', 'CONFIG SET min-replicas-to-write 1'],
  ])('falls back while it refuses writes with %s, though it replies', async (reason, cause) => {
    redis = await TestRedis.start();
    const server = await start({});
    await redis.command(cause);
    await waitFor(async () => (await degraded(server)).some((text) => text.includes(reason)));
    expect((await server.post('/v1/infer', GREEDY)).status).toBe(200);
    await redis.command(cause.replace('1', '0'));
    await waitFor(async () => (await degraded(server)).length === 0);
  });

  it('that jobs are kept in says so while it is a read-only replica, and takes jobs again afterwards', async () => {
    redis = await TestRedis.start();
    const server = await startServer({ env: { JOBS_REDIS_URL: redis.url } });
    servers.push(server);
    const accept = async (): Promise<{ status: number; id: string }> => {
      const response = await server.post('/v1/jobs', GREEDY);
      return { ...((await response.json()) as { id: string }), status: response.status };
    };
    expect((await accept()).status).toBe(202);
    await redis.command('REPLICAOF 127.0.0.1 1');
    await waitFor(async () => (await degraded(server)).length === 1);
    expect((await degraded(server))[0]).toMatch(
      /^jobs: their storage is not available \(Redis 127\.0\.0\.1:\d+: READONLY .*\); jobs/,
    );
    expect((await accept()).status).toBe(503);
    await redis.command('REPLICAOF NO ONE');
    await waitFor(async () => (await degraded(server)).length === 0);
    const { status, id } = await accept();
    expect(status).toBe(202);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const job = async (): Promise<string> =>
      ((await (await fetch(`${server.url}/v1/jobs/${id}`, { headers })).json()) as { status: string }).status;
    await waitFor(async () => (await job()) === 'succeeded');
  });
});
