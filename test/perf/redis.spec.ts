import { afterEach, describe, expect, it } from 'vitest';
import { BlackHole } from '../support/black-hole.ts';
import { elapsedMs } from '../support/elapsed.ts';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { startServer, type TestServer, waitFor } from '../support/server.ts';

const GREEDY = { prompt: 'Once upon a time', params: { temperature: 0, max_new_tokens: 4 } };

describe.skipIf(!hasRedis)('with Redis', () => {
  let redis: TestRedis;
  let server: TestServer;
  afterEach(async () => {
    await server.close();
    await redis.kill();
  });

  const start = async (env: Record<string, string>): Promise<void> => {
    server = await startServer({ env: { CACHE_BACKEND: 'redis', RATE_LIMIT_RPM: '100000', ...env } });
  };
  const degraded = async (): Promise<number> =>
    ((await (await fetch(`${server.url}/readyz`)).json()) as { degraded: string[] }).degraded.length;

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'the server reports its loss by %s within 5 s and its return within 10 s, and no request takes 3 s meanwhile',
    async (signal) => {
      redis = await TestRedis.start();
      await start({ REDIS_URL: redis.url });
      const stopping = new AbortController();
      let slowestMs = 0;
      const load = Array.from({ length: 4 }, async (_, worker) => {
        for (let i = 0; !stopping.signal.aborted; i++) {
          const headers = { 'idempotency-key': `${signal}-${worker}-${i}` };
          const ms = await elapsedMs(async () => (await server.post('/v1/infer', GREEDY, { headers })).arrayBuffer());
          slowestMs = Math.max(slowestMs, ms);
        }
      });
      await redis.kill(signal);
      await waitFor(async () => (await degraded()) === 1, 5000);
      if (signal === 'SIGKILL') await redis.start();
      else await redis.kill('SIGCONT');
      await waitFor(async () => (await degraded()) === 0, 10_000);
      stopping.abort();
      await Promise.all(load);
      expect(slowestMs).toBeLessThan(3000);
    },
  );

  it('the server leaves a connection whose peer is gone without a word within 10 s', async () => {
    redis = await TestRedis.start();
    const proxy = await BlackHole.start(Number(new URL(redis.url).port));
    await start({ REDIS_URL: proxy.url });
    proxy.swallow();
    for (let i = 0; i < 4; i++) await server.post('/v1/infer', GREEDY);
    expect(await degraded()).toBe(1);
    await waitFor(async () => (await degraded()) === 0, 10_000);
    await proxy.stop();
  });

  it('the server finds it within 5 s when it was not there at the start', async () => {
    redis = await TestRedis.start();
    await redis.kill();
    await start({ REDIS_URL: redis.url });
    expect(await degraded()).toBe(1);
    await redis.start();
    await waitFor(async () => (await degraded()) === 0, 5000);
  });

  it('jobs are taken again within 10 s of its return', async () => {
    redis = await TestRedis.start();
    await start({ CACHE_BACKEND: 'none', JOBS_REDIS_URL: redis.url });
    await redis.kill();
    await waitFor(async () => (await server.post('/v1/jobs', GREEDY)).status === 503);
    await redis.start();
    await waitFor(async () => (await server.post('/v1/jobs', GREEDY)).status === 202, 10_000);
  });

  it('the loss of the storage of jobs is over within 8 s of its end', async () => {
    redis = await TestRedis.start();
    await start({ CACHE_BACKEND: 'none', JOBS_REDIS_URL: redis.url });
    await redis.command('REPLICAOF 127.0.0.1 1');
    await waitFor(async () => (await degraded()) === 1);
    await redis.command('REPLICAOF NO ONE');
    await waitFor(async () => (await degraded()) === 0, 8000);
    await redis.kill('SIGSTOP');
    await waitFor(async () => (await degraded()) === 1);
    await redis.kill('SIGCONT');
    await waitFor(async () => (await degraded()) === 0, 8000);
  });
});
