import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DurableStorage, encodeTask, type Job, openStorage } from '@frontier/durable';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';
import { ServerProcess } from '../support/server-process.ts';
import { hasSmallDisks, SmallDisk } from '../support/small-disk.ts';

const SHORT = { prompt: 'Once upon a time', params: { max_new_tokens: 4, temperature: 0 } };

describe('the storage of jobs', () => {
  let folder: string;
  let server: TestServer | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-storage-'));
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  it('accepts nothing while the database is locked, and goes on afterwards', async () => {
    server = await startServer({ env: { DATA_DIR: folder } });
    const lock = new DatabaseSync(join(folder, 'jobs.db'));
    lock.exec('BEGIN IMMEDIATE');
    const refused = await server.post('/v1/jobs', SHORT);
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'jobs_unavailable' }]);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
    lock.exec('COMMIT');
    const { count } = lock.prepare('SELECT count(*) AS count FROM jobs').get() as { count: number };
    lock.close();
    expect(count).toBe(0);
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
  });

  it.runIf(hasSmallDisks)('accepts nothing while the disk is full, and goes on when there is room', async () => {
    const disk = new SmallDisk(2048);
    try {
      server = await startServer({ env: { DATA_DIR: disk.folder, JOBS_CONCURRENCY: '1' } });
      expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
      disk.fill();
      const statuses: number[] = [];
      const long = { ...SHORT, prompt: 'x'.repeat(8000) };
      // What the log has room for is accepted, and kept.
      for (let i = 0; i < 100 && statuses.at(-1) !== 503; i++)
        statuses.push((await server.post('/v1/jobs', long)).status);
      expect(statuses.at(-1)).toBe(503);
      expect((await server.post('/v1/jobs', long)).status).toBe(503);
      expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
      disk.empty();
      await waitFor(async () => (await server!.post('/v1/jobs', SHORT)).status === 202);
      await server.close();
      server = undefined;
      const db = new DatabaseSync(join(disk.folder, 'jobs.db'), { readOnly: true });
      const { count } = db.prepare('SELECT count(*) AS count FROM jobs').get() as { count: number };
      db.close();
      expect(count).toBe(2 + statuses.filter((status) => status === 202).length);
    } finally {
      await server?.close();
      server = undefined;
      disk.remove();
    }
  });

  it('refuses a database of a newer version by name', async () => {
    mkdirSync(folder, { recursive: true });
    const db = new DatabaseSync(join(folder, 'jobs.db'));
    db.exec('PRAGMA user_version = 7');
    db.close();
    const child = new ServerProcess({ TRUTHGPT_API_TOKEN: 'token', DATA_DIR: folder });
    expect((await child.exit()).code).toBe(1);
    expect(child.output).toMatch(/jobs\.db was written by a newer version .*version 7, known are 2/);
  });

  it.runIf(hasRedis)('refuses a Redis that evicts, and jobs while Redis is away', async () => {
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

  interface Ready {
    status: string;
    degraded?: string[];
  }
  const readiness = async (): Promise<[number, Ready]> => {
    const response = await fetch(`${server!.url}/readyz`);
    return [response.status, (await response.json()) as Ready];
  };
  /** Waits until it is told that jobs are not available, and why. */
  const degraded = async (reason: RegExp): Promise<void> =>
    waitFor(async () => {
      const [status, { degraded: found = [] }] = await readiness();
      expect(status).toBe(200);
      return found.some((text) => reason.test(text));
    });
  const restored = (): Promise<void> =>
    waitFor(async () => !(await readiness())[1].degraded?.some((text) => text.startsWith('jobs')));
  const get = async (path: string): Promise<Response> =>
    fetch(server!.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });

  it('is waited for at the start, while everything else is served: locked', async () => {
    const lock = new DatabaseSync(join(folder, 'jobs.db'));
    lock.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE');
    server = await startServer({ env: { DATA_DIR: folder } });
    await degraded(/jobs\.db: database is locked/);
    const refused = await server.post('/v1/jobs', SHORT);
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'jobs_unavailable' }]);
    expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
    lock.exec('ROLLBACK');
    lock.close();
    await restored();
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
  });

  it('is waited for at the start, while everything else is served: damaged, until the file is put right', async () => {
    writeFileSync(join(folder, 'jobs.db'), Buffer.alloc(8192, 'no database '));
    server = await startServer({ env: { DATA_DIR: folder } });
    await degraded(/jobs\.db: file is not a database/);
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(503);
    expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
    rmSync(join(folder, 'jobs.db'));
    await restored();
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
  });

  it.runIf(hasSmallDisks)('is waited for at the start, while everything else is served: a full disk', async () => {
    const disk = new SmallDisk(1024);
    try {
      disk.fill();
      server = await startServer({ env: { DATA_DIR: join(disk.folder, 'data') } });
      await degraded(new RegExp(`${disk.folder}/data/jobs\\.db: .*(full|space|open)`));
      expect((await server.post('/v1/jobs', SHORT)).status).toBe(503);
      expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
      disk.empty();
      await restored();
      expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
    } finally {
      await server?.close();
      server = undefined;
      disk.remove();
    }
  });

  it.runIf(hasSmallDisks)('is told by /readyz within seconds, both ways, though nobody posts a job', async () => {
    const disk = new SmallDisk(2048);
    try {
      server = await startServer({ env: { DATA_DIR: disk.folder } });
      const id = ((await (await server.post('/v1/jobs', SHORT)).json()) as { id: string }).id;
      await restored();
      const file = `${disk.folder}/jobs\\.db`;
      disk.fill();
      await degraded(new RegExp(`${file}: (database or|the) disk is full|${file}: disk I/O error`));
      // Reads are answered as ever.
      expect((await get(`/v1/jobs/${id}`)).status).toBe(200);
      disk.empty();
      await restored();
      expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
    } finally {
      await server?.close();
      server = undefined;
      disk.remove();
    }
  });

  it.runIf(hasSmallDisks)('is waited for at the start where its disk can only be read, and named', async () => {
    const disk = new SmallDisk(1024);
    let storage: DurableStorage | undefined;
    try {
      await (await openStorage({ folder: disk.folder })).close();
      disk.remount('ro');
      storage = await openStorage({ folder: disk.folder });
      expect(storage.isAvailable).toBe(false);
      expect(storage.unavailability).toMatch(new RegExp(`^${disk.folder}/jobs\\.db: .*(readonly|read-only|open)`));
      await expect(storage.accept(aJob('a'))).rejects.toMatchObject({ code: 'jobs_unavailable' });
      disk.remount('rw');
      await waitFor(() => storage!.isAvailable);
      expect(await storage.accept(aJob('a'))).toBe(true);
    } finally {
      await storage?.close();
      disk.remove();
    }
  });

  it('answers reads while another process holds the lock for writing, and tells when that lasts', async () => {
    server = await startServer({ env: { DATA_DIR: folder } });
    const id = ((await (await server.post('/v1/jobs', SHORT)).json()) as { id: string }).id;
    await waitFor(async () => ((await (await get(`/v1/jobs/${id}`)).json()) as Job).status === 'succeeded');
    const lock = new DatabaseSync(join(folder, 'jobs.db'));
    lock.exec('BEGIN IMMEDIATE');
    let written = false;
    const write = server.post('/v1/jobs', SHORT).then(() => (written = true));
    for (let i = 0; i < 20; i++) expect((await get(`/v1/jobs/${id}`)).status).toBe(200);
    expect((await get('/v1/jobs')).status).toBe(200);
    expect(written).toBe(false);
    await degraded(/jobs\.db: database is locked/);
    await write;
    lock.exec('ROLLBACK');
    lock.close();
    await restored();
  });

  it('is not used while a part of it is damaged, and again when a backup is put in its place', async () => {
    const storage = await openStorage({ folder });
    for (let i = 0; i < 200; i++) await storage.accept(aJob(`job${i}`, { input: 'x'.repeat(2000) }));
    await storage.close();
    const file = join(folder, 'jobs.db');
    const backup = readFileSync(file);
    const damaged = Buffer.from(backup);
    // The pages of some jobs: the file can be opened, and the tables found.
    damaged.fill(0x5a, 60 * 4096, 100 * 4096);
    writeFileSync(file, damaged);
    const again = await openStorage({ folder });
    try {
      await waitFor(() => /jobs\.db: the database is damaged/.test(again.unavailability ?? ''));
      await expect(again.accept(aJob('new'))).rejects.toMatchObject({ code: 'jobs_unavailable' });
      writeFileSync(file, backup);
      await waitFor(() => again.isAvailable);
      expect((await again.get('job150'))?.id).toBe('job150');
      expect(await again.accept(aJob('new'))).toBe(true);
    } finally {
      await again.close();
    }
  });

  it('is opened anew when another file is put in its place', async () => {
    const storage = await openStorage({ folder });
    try {
      await storage.accept(aJob('a'));
      for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `jobs.db${suffix}`), { force: true });
      // What is written to a file that is gone would be lost.
      await waitFor(async () => (await storage.get('a')) === undefined);
      await storage.accept(aJob('b'));
      expect(readFileSync(join(folder, 'jobs.db')).length).toBeGreaterThan(0);
    } finally {
      await storage.close();
    }
    const again = await openStorage({ folder });
    expect((await again.get('b'))?.id).toBe('b');
    await again.close();
  });

  it('starts though a row is damaged: it is logged by its id, and the others run', async () => {
    const storage = await openStorage({ folder });
    for (const id of ['job_good', 'job_bad', 'job_fine']) await storage.accept(aJob(id, { input: input() }));
    await storage.close();
    const db = new DatabaseSync(join(folder, 'jobs.db'));
    db.exec(`UPDATE jobs SET document = 'x' WHERE id = 'job_bad'; DELETE FROM entries;`);
    db.close();
    const child = new ServerProcess({ TRUTHGPT_API_TOKEN: TOKEN, DATA_DIR: folder });
    try {
      const url = await child.ready();
      const statusOf = async (id: string): Promise<string | undefined> => {
        const response = await fetch(`${url}/v1/jobs/${id}`, { headers: { authorization: `Bearer ${TOKEN}` } });
        return ((await response.json()) as { status?: string }).status;
      };
      await waitFor(async () => (await statusOf('job_good')) === 'succeeded');
      await waitFor(async () => (await statusOf('job_fine')) === 'succeeded');
      expect(await statusOf('job_bad')).toBe(404);
      expect(child.output).toMatch(/jobs\.db: set aside: the job job_bad/);
    } finally {
      child.child.kill();
      await child.exit();
    }
  });

  it('of the version before is taken over: what waited, what ran, and what was to be delivered later', async () => {
    oldDatabase(folder);
    const storage = await openStorage({ folder });
    try {
      expect(await storage.get('queued')).toMatchObject({ owner: 'me', status: 'queued' });
      expect(await storage.states(['running'])).toMatchObject([{ status: 'running', isCancelling: true }]);
      const seen: string[] = [];
      storage.work('jobs', 1, async (task) => (seen.push(encodeTask(task)), {}));
      await waitFor(() => seen.length === 2);
      expect(seen.toSorted()).toEqual(['queued', 'running:4']);
      const delivered: string[] = [];
      storage.work('deliveries', 2, async (task) => (delivered.push(encodeTask(task)), {}));
      await waitFor(() => delivered.length === 1);
      expect(delivered).toEqual(['done:1']);
      expect(await storage.waiting('deliveries')).toBe(1);
      // What the owner kept before counts: these two, and the one that ended.
      await expect(storage.accept(aJob('new'), { open: 2, bytes: 2 ** 20 })).rejects.toMatchObject({ status: 429 });
      expect((await storage.find('evt'))?.digest).toBe('d');
      expect((await storage.list({ owner: 'me', limit: 9, maxBytes: 2 ** 20 })).jobs).toHaveLength(3);
    } finally {
      await storage.close();
    }
  });

  it.runIf(hasRedis)('of the version before is taken over, in Redis', async () => {
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

  it.runIf(hasRedis)('gives each task a ticket again, in Redis, where tickets were lost', async () => {
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

  it.runIf(hasRedis)('ends only its own task, in Redis, where its ticket has another by now', async () => {
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

  it.runIf(hasRedis)(
    'is told by /readyz within seconds when Redis becomes a read-only replica, and when it hangs',
    async () => {
      const redis = await TestRedis.start();
      server = await startServer({ env: { JOBS_REDIS_URL: redis.url } });
      const host = new URL(redis.url).host;
      await redis.command('REPLICAOF 127.0.0.1 1');
      await degraded(new RegExp(`Redis ${host}: .*(READONLY|MASTERDOWN)`));
      expect((await server.post('/v1/jobs', SHORT)).status).toBe(503);
      expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
      await redis.command('REPLICAOF NO ONE');
      await restored();
      await redis.kill('SIGSTOP');
      await degraded(new RegExp(`Redis ${host}: .*timed out`));
      await redis.kill('SIGCONT');
      await restored();
      expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
      await server.close();
      server = undefined;
      await redis.kill();
    },
  );
});

/** As the server stores it. */
const input = (): object => ({ body: SHORT, caller: { id: 'key:test' } });

function aJob(id: string, changes: Partial<Job> = {}): Job {
  return {
    id,
    version: 0,
    status: 'queued',
    owner: 'me',
    input: {},
    priority: 'normal',
    createdAt: 1000,
    expiresAt: Date.now() + 60_000,
    attempts: 0,
    deliveries: [],
    ...changes,
  };
}

/** Documents of jobs as the version before wrote them. */
function oldJobs(): (Job & { entry: string })[] {
  const deliveries = [{ status: 'pending' as const, attempts: [] }];
  return [
    { ...aJob('queued', { createdAt: 2000 }), entry: 'queued' },
    { ...aJob('running', { status: 'running', isCancelling: true, createdAt: 3000 }), entry: 'running:4' },
    { ...aJob('done', { status: 'succeeded', finishedAt: Date.now(), deliveries }), entry: 'done' },
  ];
}

/** A database as the version before wrote it: its statements, word by word. */
function oldDatabase(folder: string): void {
  const db = new DatabaseSync(join(folder, 'jobs.db'));
  db.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE jobs (
      id TEXT PRIMARY KEY, owner TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL, finished_at INTEGER,
      version INTEGER NOT NULL, document TEXT NOT NULL
    ) STRICT;
    CREATE INDEX jobs_of_owner ON jobs (owner, created_at DESC, id DESC);
    CREATE INDEX jobs_by_status ON jobs (status, created_at DESC, id DESC);
    CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
    CREATE TABLE events (
      job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, id INTEGER NOT NULL, document TEXT NOT NULL,
      PRIMARY KEY (job_id, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE entries (
      lane TEXT NOT NULL, entry TEXT NOT NULL, priority INTEGER NOT NULL, run_at INTEGER NOT NULL, runner TEXT, lease_until INTEGER,
      PRIMARY KEY (lane, entry)
    ) STRICT;
    CREATE INDEX entries_in_turn ON entries (lane, priority, run_at);
    CREATE TABLE messages (id TEXT PRIMARY KEY, received_at INTEGER NOT NULL, document TEXT NOT NULL) STRICT;
    CREATE INDEX messages_by_age ON messages (received_at);
    PRAGMA user_version = 1;
  `);
  const insert = db.prepare('INSERT INTO jobs VALUES (?, ?, ?, ?, ?, 0, ?)');
  for (const job of oldJobs()) {
    insert.run(job.id, job.owner, job.status, job.createdAt, job.finishedAt ?? null, JSON.stringify(job));
  }
  const entry = db.prepare('INSERT INTO entries VALUES (?, ?, 1, ?, ?, ?)');
  // By a clock that was an hour ahead.
  entry.run('jobs', 'queued', Date.now() + 3_600_000, null, null);
  entry.run('jobs', 'running:4', 1, 'elsewhere 1 1', Date.now() - 1);
  entry.run('deliveries', 'done:1', Date.now() + 300, null, null);
  entry.run('deliveries', 'done:2', Date.now() + 3_600_000, null, null);
  db.prepare('INSERT INTO messages VALUES (?, ?, ?)').run(
    'evt',
    Date.now(),
    JSON.stringify({ id: 'evt', digest: 'd' }),
  );
  db.close();
}

/** The BullMQ of the storage. */
async function bullmq(): Promise<{ Queue: new (name: string, options: object) => BullQueue }> {
  const { createRequire } = await import('node:module');
  const require = createRequire(new URL('../../libs/durable/package.json', import.meta.url));
  return require('bullmq') as { Queue: new (name: string, options: object) => BullQueue };
}

interface BullQueue {
  add(name: string, data: object, options: object): Promise<unknown>;
  close(): Promise<void>;
}
