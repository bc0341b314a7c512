import { type DurableStorage, encodeTask, type Job, openStorage } from '@frontier/durable';
import { afterEach, describe, expect, it } from 'vitest';
import { jobsDegraded, jobsRestored } from '../support/job-readiness.ts';
import { bullmq, oldJobs } from '../support/old-job-storage.ts';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { startServer, type TestServer, waitFor } from '../support/server.ts';
import { ServerProcess } from '../support/server-process.ts';
import { aJob } from '../support/stored-job.ts';

const SHORT = { prompt: 'Once upon a time', params: { max_new_tokens: 4, temperature: 0 } };

describe.runIf(hasRedis)('the storage of jobs in Redis', () => {
  let server: TestServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it('is refused where Redis evicts, and takes no jobs while Redis is away', async () => {
    const redis = await TestRedis.start();
    await redis.command('CONFIG SET maxmemory-policy allkeys-lru');
    const child = new ServerProcess({ TRUTHGPT_API_TOKEN: 'token', JOBS_REDIS_URL: redis.url });
    expect((await child.exit()).code).toBe(1);
    expect(child.output).toMatch(/JOBS_REDIS_URL: this Redis evicts \(maxmemory-policy allkeys-lru\)/);
    await redis.command('CONFIG SET maxmemory-policy noeviction');
    server = await startServer({ env: { JOBS_REDIS_URL: redis.url } });
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
    await redis.kill();
    await waitFor(async () => (await server!.post('/v1/jobs', SHORT)).status === 503);
    expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
    expect((await (await fetch(`${server.url}/readyz`)).json()) as object).toMatchObject({
      status: 'ready',
      degraded: [expect.stringContaining('jobs')],
    });
    expect((await (await fetch(`${server.url}/health`)).json()) as object).toMatchObject({
      status: 'healthy',
      checks: { jobs: 'degraded' },
    });
    await redis.start();
    await waitFor(async () => (await server!.post('/v1/jobs', SHORT)).status === 202);
    await server.close();
    server = undefined;
    await redis.kill();
  });

  it('is taken over from the version before', async () => {
    const redis = await TestRedis.start();
    const { Queue } = await bullmq();
    const { hostname, port } = new URL(redis.url);
    const connection = { host: hostname, port: Number(port) };
    const old = ['jobs', 'deliveries'].map((name) => new Queue(name, { connection, prefix: 'frontier:bull' }));
    await old[0].add('jobs', { entry: 'queued' }, { jobId: 'queued', priority: 2, removeOnComplete: true });
    await old[1].add('deliveries', { entry: 'done:1' }, { jobId: 'done-1', removeOnComplete: true, delay: 100 });
    await Promise.all(old.map((queue) => queue.close()));
    const put = async (job: Job): Promise<void> => {
      const document = JSON.stringify(job).replaceAll('"', '\\"');
      await redis.command(`HSET frontier:jobs:job:${job.id} version 0 document "${document}"`);
      await redis.command(`ZADD frontier:jobs:of:${job.owner} ${job.createdAt} ${job.id}`);
      await redis.command(
        `RPUSH frontier:jobs:events:${job.id} "{\\"at\\":1,\\"status\\":\\"queued\\",\\"attempts\\":0}"`,
      );
      if (job.status !== 'succeeded') await redis.command(`SADD frontier:jobs:open ${job.id}`);
    };
    for (const job of oldJobs()) await put(job);
    const storage = await openStorage({ folder: '', redisUrl: redis.url });
    try {
      const seen: string[] = [];
      storage.work('jobs', 1, async (task) => (seen.push(encodeTask(task)), {}));
      storage.work('deliveries', 1, async (task) => (seen.push(encodeTask(task)), {}));
      await waitFor(() => seen.length === 3);
      expect(seen.toSorted()).toEqual(['done:1', 'queued', 'running:4']);
      const ids = async (status?: 'running'): Promise<string[]> =>
        (await storage.list({ owner: 'me', status, limit: 9, maxBytes: 2 ** 20 })).jobs.map(({ id }) => id);
      expect([await ids(), await ids('running')]).toEqual([['running', 'queued', 'done'], ['running']]);
      expect(await storage.states(['running'])).toMatchObject([{ owner: 'me', status: 'running', isCancelling: true }]);
      // A change of an old one counts it from then on.
      await storage.update({ ...(await storage.get('queued'))!, attempts: 1 });
      expect(await storage.accept(aJob('new'), { open: 2, bytes: 2 ** 20 })).toBe(true);
      await expect(storage.accept(aJob('more'), { open: 2, bytes: 2 ** 20 })).rejects.toMatchObject({ status: 429 });
    } finally {
      await storage.close();
      await redis.kill();
    }
  });

  it('gives each task a ticket again where tickets were lost', async () => {
    const redis = await TestRedis.start();
    const open = (): Promise<DurableStorage> => openStorage({ folder: '', redisUrl: redis.url });
    let storage = await open();
    try {
      for (const id of ['a', 'b', 'c']) await storage.accept(aJob(id));
      await storage.enqueue('deliveries', { jobId: 'a', delivery: 1 }, { owner: 'me', delayMs: 100 });
      await storage.close();
      const tickets = (await redis.command('KEYS frontier:tickets:*')).match(/frontier:tickets:[^\r\n]+/g)!;
      for (const key of tickets) await redis.command(`DEL ${key}`);
      storage = await open();
      const seen: string[] = [];
      for (const name of ['jobs', 'deliveries'] as const)
        storage.work(name, 2, async (task) => (seen.push(encodeTask(task)), {}));
      await waitFor(() => seen.length === 4);
      expect(seen.toSorted()).toEqual(['a', 'a:1', 'b', 'c']);
    } finally {
      await storage.close();
      await redis.kill();
    }
  });

  it('ends only its own task where its ticket has another by now', async () => {
    const redis = await TestRedis.start();
    const storage = await openStorage({ folder: '', redisUrl: redis.url });
    try {
      const held = Promise.withResolvers<void>();
      const seen: string[] = [];
      await storage.accept(aJob('a', { owner: 'one' }));
      storage.work('jobs', 1, async (task) => {
        seen.push(encodeTask(task));
        if (seen.length === 1) await held.promise;
        return {};
      });
      await waitFor(() => seen.length === 1);
      // As if its lock had been lost, and another process had given the ticket another task.
      const [ticket] = /[0-9a-f-]{36}/.exec(await redis.command('HKEYS frontier:jobs:lane:jobs:bound'))!;
      await redis.command('HSET frontier:jobs:lane:jobs:entries b 9:two');
      await redis.command(`HSET frontier:jobs:lane:jobs:bound ${ticket} 99:b`);
      held.resolve();
      await waitFor(async () => (await redis.command(`EXISTS frontier:tickets:jobs:${ticket}`)).includes(':0'));
      expect(await redis.command('HGET frontier:jobs:lane:jobs:entries b')).toContain('9:two');
      expect(await redis.command(`HGET frontier:jobs:lane:jobs:bound ${ticket}`)).toContain('99:b');
    } finally {
      await storage.close();
      await redis.kill();
    }
  });

  it('is told by /readyz within seconds when Redis becomes a read-only replica, and when it hangs', async () => {
    const redis = await TestRedis.start();
    server = await startServer({ env: { JOBS_REDIS_URL: redis.url } });
    const host = new URL(redis.url).host;
    await redis.command('REPLICAOF 127.0.0.1 1');
    await jobsDegraded(server, new RegExp(`Redis ${host}: .*(READONLY|MASTERDOWN)`));
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(503);
    expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
    await redis.command('REPLICAOF NO ONE');
    await jobsRestored(server);
    await redis.kill('SIGSTOP');
    await jobsDegraded(server, new RegExp(`Redis ${host}: .*timed out`));
    await redis.kill('SIGCONT');
    await jobsRestored(server);
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
    await server.close();
    server = undefined;
    await redis.kill();
  });
});
