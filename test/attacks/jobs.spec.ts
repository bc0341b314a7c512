/** One caller's jobs, callbacks and followers, and a storage that fails: what they cost others. */
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, JobQueue, openJobQueue } from '@frontier/jobs';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AttackedServer, KEYS, MAX_CALLBACK_MS } from '../support/attacked-server.ts';
import { JobFollowers } from '../support/job-followers.ts';
import { JobReceiver } from '../support/job-receiver.ts';
import { Tarpit } from '../support/job-tarpit.ts';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { hasSmallDisks, SmallDisk } from '../support/small-disk.ts';
import { startServer, type TestServer, waitFor } from '../support/server.ts';

const SECRET = `whsec_${Buffer.from('a secret of this test').toString('base64')}`;
const SHORT = { prompt: 'Once upon a time', params: { max_new_tokens: 1, temperature: 0 } };
const ENDLESS = { prompt: 'Tom', params: { max_new_tokens: 1000, ignore_eos: true } };

interface JobView {
  id: string;
  status: string;
  priority: string;
  created_at: string;
  started_at?: string;
}

const KEYS_FILE = `keys:
  - { name: attacker, sha256: ${hash('sha256', KEYS.attacker)}, priority: low }
  - { name: neighbour, sha256: ${hash('sha256', KEYS.neighbour)} }
`;
type Who = keyof typeof KEYS;

let folder: string;
let keys: string;
let server: TestServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frontier-attack-'));
  keys = join(folder, 'keys.yaml');
  writeFileSync(keys, KEYS_FILE);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const start = async (env: Record<string, string> = {}): Promise<TestServer> =>
  (server = await startServer({
    env: {
      API_KEYS_FILE: keys,
      RATE_LIMIT_RPM: '1000000',
      WEBHOOK_HMAC_SECRET: SECRET,
      WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
      ...env,
    },
  }));
const post = (who: Who, path: string, body: unknown = ''): Promise<Response> =>
  server!.post(path, body, { headers: { authorization: `Bearer ${KEYS[who]}` } });
const get = async <T = JobView>(who: Who, path: string): Promise<T> =>
  (await (await fetch(server!.url + path, { headers: { authorization: `Bearer ${KEYS[who]}` } })).json()) as T;
const accept = async (who: Who, body: object): Promise<string> => {
  const response = await post(who, '/v1/jobs', body);
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
};

/** What must hold whatever keeps the jobs. */
function attacks(storage: () => Record<string, string>): void {
  it('a tarpit takes no place from the callbacks of another caller', async () => {
    const tarpit = await Tarpit.start();
    const receiver = await JobReceiver.start(SECRET);
    try {
      await start(storage());
      await Promise.all(Array.from({ length: 100 }, () => accept('attacker', { ...SHORT, callback_url: tarpit.url })));
      // Alone, it has all places, and no more.
      await waitFor(() => tarpit.hanging === 16);
      const startedAt = performance.now();
      await accept('neighbour', { ...SHORT, callback_url: receiver.url });
      await waitFor(() => receiver.received.length === 1);
      console.log(`the neighbour's callback came after ${Math.round(performance.now() - startedAt)} ms`);
      // None of the attacker's has ended: this one waited for none of them.
      expect([tarpit.asked, tarpit.most]).toEqual([16, 16]);
    } finally {
      await tarpit.close();
      await receiver.close();
    }
  });

  it('a target that breaks every connection is asked a few times, and the others wait without a place', async () => {
    const tarpit = await Tarpit.start({ breaks: true });
    try {
      await start(storage());
      const ids = await Promise.all(
        Array.from({ length: 100 }, () => accept('attacker', { ...SHORT, callback_url: tarpit.url })),
      );
      await waitFor(async () => (await get(`attacker`, `/v1/jobs/${ids.at(-1)}`)).status === 'succeeded');
      await sleep(500);
      console.log(`${tarpit.asked} attempts for 100 messages`);
      // Those that were on their way when the fifth failed.
      expect(tarpit.asked).toBeLessThanOrEqual(5 + 16);
    } finally {
      await tarpit.close();
    }
  });

  it("200 jobs of one caller delay another's job by none of them, and a low key gets no high priority", async () => {
    await start({ ...storage(), JOBS_CONCURRENCY: '2' });
    const ids = await Promise.all(
      Array.from({ length: 200 }, () => accept('attacker', { ...ENDLESS, priority: 'high' })),
    );
    await waitFor(
      async () => (await get<{ data: JobView[] }>('attacker', '/v1/jobs?status=running')).data.length === 2,
    );
    expect((await get('attacker', `/v1/jobs/${ids[0]}`)).priority).toBe('low');
    const mine = await accept('neighbour', { ...SHORT, priority: 'low' });
    let job: JobView;
    await waitFor(async () => (job = await get('neighbour', `/v1/jobs/${mine}`)).status === 'succeeded');
    const begun: JobView[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { data: JobView[]; next_cursor: string | null } = await get(
        'attacker',
        `/v1/jobs?limit=100${cursor && `&cursor=${cursor}`}`,
      );
      begun.push(
        ...page.data.filter(({ started_at }) => started_at! > job.created_at && started_at! < job.started_at!),
      );
      cursor = page.next_cursor;
    }
    console.log(`${begun.length} of the attacker's jobs were begun before the neighbour's`);
    expect(begun.length).toBeLessThanOrEqual(2);
  });

  it('messages are sent again a bounded number of times, and not as fast as one asks', async () => {
    const receiver = await JobReceiver.start(SECRET);
    try {
      await start(storage());
      const id = await accept('attacker', { ...SHORT, callback_url: receiver.url });
      await waitFor(() => receiver.received.length === 1);
      const replay = async (): Promise<number> => (await post('attacker', `/v1/jobs/${id}/deliveries/1/replay`)).status;
      await waitFor(async () => (await replay()) === 202);
      const statuses = await Promise.all(Array.from({ length: 50 }, replay));
      expect(new Set(statuses)).toEqual(new Set([409]));
      await waitFor(() => receiver.received.length === 2);
      // As if it had been asked for a while.
      const queue = server!.app.get<JobQueue>(JobQueue);
      await waitFor(async () => (await queue.get(id))!.deliveries.every(({ status }) => status === 'delivered'));
      const job = (await queue.get(id))!;
      const deliveries = Array.from({ length: 19 }, () => job.deliveries[0]);
      await queue.update({ ...job, deliveries });
      const last = await post('attacker', `/v1/jobs/${id}/deliveries/1/replay`);
      expect([last.status, ((await last.json()) as { data: unknown[] }).data.length]).toEqual([202, 20]);
      await waitFor(() => receiver.received.length === 3);
      await waitFor(async () => (await queue.get(id))!.deliveries[19].status === 'delivered');
      const refused = await post('attacker', `/v1/jobs/${id}/deliveries/1/replay`);
      expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'job_conflict' }]);
      expect(receiver.received).toHaveLength(3);
    } finally {
      await receiver.close();
    }
  });

  it('a caller keeps so many jobs, and more are refused to nobody else', async () => {
    await start({ ...storage(), JOBS_CONCURRENCY: '1', JOBS_MAX_OPEN_PER_CALLER: '5' });
    for (let i = 0; i < 5; i++) await accept('attacker', ENDLESS);
    const refused = await post('attacker', '/v1/jobs', ENDLESS);
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'rate_limit_exceeded' }]);
    expect(refused.headers.get('retry-after')).toBe('30');
    await accept('neighbour', SHORT);
  });

  it('a clock that is set back holds up neither jobs nor messages', async () => {
    const clock = join(folder, 'clock');
    writeFileSync(clock, '0');
    let answers = 0;
    const receiver = await JobReceiver.start(SECRET, (response) => response.writeHead(answers++ ? 200 : 500).end());
    const preload = resolve(import.meta.dirname, '../support/job-clock.mjs');
    const child = new ServerProcess(
      {
        API_KEYS_FILE: keys,
        WEBHOOK_HMAC_SECRET: SECRET,
        WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
        CLOCK_FILE: clock,
        ...storage(),
      },
      ['--import', preload],
    );
    try {
      const url = await child.ready();
      const submit = async (): Promise<void> => {
        const headers = { authorization: `Bearer ${KEYS.neighbour}` };
        const body = JSON.stringify({ ...SHORT, callback_url: receiver.url });
        expect((await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body })).status).toBe(202);
      };
      await submit();
      await waitFor(() => answers === 1);
      // The next attempt is noted by the clock that is right.
      await sleep(300);
      writeFileSync(clock, String(-3_600_000));
      await sleep(100);
      // One that was not delayed, and the one whose next attempt is due in 5 s; both signed with the time that the clock tells.
      await submit();
      await waitFor(() => answers === 2);
      await waitFor(() => answers === 3, 9000);
    } finally {
      child.child.kill();
      await child.exit();
      await receiver.close();
    }
  });
}

describe('jobs under attack, in SQLite', () => {
  attacks(() => ({}));
});

describe.runIf(hasRedis)('jobs under attack, in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterEach(() => redis.flush());
  afterAll(() => redis.kill());
  attacks(() => ({ JOBS_REDIS_URL: redis.url }));
});

/** What must hold of a server in a process of its own, which measures itself. */
function loads(storage: () => Record<string, string>): void {
  let server: AttackedServer;
  afterEach(() => server.stop());
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    server = await AttackedServer.start({ RATE_LIMIT_RPM: '1000000', ...storage(), ...env });
  };
  const accept = async (token: string, body: object): Promise<string> => {
    const accepted = await server.call('/v1/jobs', { token, body });
    expect(accepted.status).toBe(202);
    return (JSON.parse(accepted.body) as { id: string }).id;
  };

  it('1,000 followers of a job cost little, and each a bounded part of the memory', async () => {
    await start({ JOBS_CONCURRENCY: '1' });
    for (let i = 0; i < 8; i++) await accept(KEYS.attacker, ENDLESS);
    const id = await accept(KEYS.attacker, { ...ENDLESS, prompt: 'x'.repeat(8000) });
    const before = await server.measure();
    const followers = JobFollowers.of(server.url, `/v1/jobs/${id}/events`, KEYS.attacker, 1000);
    try {
      await waitFor(() => followers.begun === 1000);
      expect(followers.statuses).toEqual({ 200: 1000 });
      const opened = await server.measure();
      await sleep(2000);
      const idle = await server.measure();
      await server.call(`/v1/jobs/${id}/cancel`, { token: KEYS.attacker });
      await waitFor(() => followers.ended === 1000);
      const ended = await server.measure();
      const kilobytes = Math.round(
        (opened.heapUsed + opened.external - before.heapUsed - before.external) / 1000 / 1024,
      );
      console.log(
        `1,000 followers: ${kilobytes} KiB each, ${Math.round(opened.cpuMs - before.cpuMs)} ms of CPU to open, ` +
          `${Math.round(idle.cpuMs - opened.cpuMs)} ms while they wait 2 s, ${Math.round(ended.cpuMs - idle.cpuMs)} ms to end; ` +
          `longest callbacks ${[opened, idle, ended].map(({ longest }) => Math.round(longest.ms)).join(', ')} ms`,
      );
      expect(kilobytes).toBeLessThan(100);
      expect(idle.cpuMs - opened.cpuMs).toBeLessThan(500);
      for (const { longest } of [opened, idle, ended]) expect(longest.ms).toBeLessThan(MAX_CALLBACK_MS);
    } finally {
      followers.close();
    }
  });

  it('places to follow are shared: one caller has them all, and another gets its own', async () => {
    await start({ JOBS_CONCURRENCY: '1', MAX_CONNECTIONS_PER_ADDRESS: '5000' });
    for (let i = 0; i < 16; i++) await accept([KEYS.attacker, KEYS.neighbour][i % 2], ENDLESS);
    const [id, other] = [await accept(KEYS.attacker, ENDLESS), await accept(KEYS.neighbour, ENDLESS)];
    const greedy = JobFollowers.of(server.url, `/v1/jobs/${id}/events`, KEYS.attacker, 1100);
    try {
      await waitFor(() => greedy.begun === 1100);
      expect(greedy.statuses).toEqual({ 200: 1024, 429: 76 });
      const modest = JobFollowers.of(server.url, `/v1/jobs/${other}/events`, KEYS.neighbour, 10);
      await waitFor(() => modest.begun === 10);
      expect(modest.statuses).toEqual({ 200: 10 });
      modest.close();
    } finally {
      greedy.close();
    }
    // They give their places back.
    await waitFor(async () => {
      const again = JobFollowers.of(server.url, `/v1/jobs/${id}/events`, KEYS.attacker, 1);
      await waitFor(() => again.begun === 1);
      again.close();
      return again.statuses[200] === 1;
    });
  });

  it('20 lists of large jobs at once hold up nobody', async () => {
    await start({ JOBS_CONCURRENCY: '1', DATA_DIR: folder });
    const queue = await openJobQueue({ folder, redisUrl: storage().JOBS_REDIS_URL });
    for (let i = 0; i < 100; i++) {
      const output = { model: 'storyteller', output: 'é'.repeat(50_000), usage: {}, finish_reason: 'length' };
      await queue.accept(aJob(`job_${i}`, { createdAt: 1000 + i }));
      await queue.update({ ...(await queue.get(`job_${i}`))!, status: 'succeeded', finishedAt: Date.now(), output });
    }
    await queue.close();
    const before = await server.measure();
    const path = '/v1/jobs?limit=100';
    const lists = await Promise.all(
      Array.from({ length: 20 }, () => server.call(path, { method: 'GET', token: KEYS.attacker })),
    );
    const after = await server.measure();
    const bytes = lists.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    console.log(
      `20 lists: ${Math.round(bytes / 1024)} KiB, ${Math.round(after.cpuMs - before.cpuMs)} ms of CPU, ` +
        `the longest callback ${Math.round(after.longest.ms)} ms`,
    );
    expect(new Set(lists.map(({ status }) => status))).toEqual(new Set([200]));
    // A page is a quarter of a MiB, or one job.
    for (const { body } of lists) expect(body.length).toBeLessThan(300 * 1024);
    expect(after.longest.ms).toBeLessThan(MAX_CALLBACK_MS);
  });
}

describe('the load of jobs, in SQLite', () => {
  loads(() => ({}));

  it.each([
    ['2 MiB of brackets', '['.repeat(2 ** 21 - 200)],
    ['100,000 texts with escapes', `[${'"\\ud83d\\ude00",'.repeat(100_000)}0]`],
  ])('webhooks of a sender who has the secret cost little: %s', async (_, payload) => {
    await using server = await started({ WEBHOOK_HMAC_SECRET: SECRET });
    const body = `{"type":"x","timestamp":1,"data":${payload}}`;
    const id = 'msg_1';
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': new Webhook(SECRET).sign(id, new Date(), body),
    };
    const { status, body: answer } = await server.call('/webhooks/ingest', { body, headers });
    const { longest } = await server.measure();
    console.log(`answered with ${status}; the longest callback ${Math.round(longest.ms)} ms`);
    expect([status, JSON.parse(answer)]).toMatchObject([422, { code: 'invalid_request' }]);
    expect(longest.ms).toBeLessThan(MAX_CALLBACK_MS);
  });
});

describe.runIf(hasRedis)('the load of jobs, in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterEach(() => redis.flush());
  afterAll(() => redis.kill());
  loads(() => ({ JOBS_REDIS_URL: redis.url }));
});

describe('a storage of jobs that fails', () => {
  /** Everything else is served, and /readyz names the file. */
  const degrades = async (reason: RegExp): Promise<void> => {
    await waitFor(async () => {
      const response = await fetch(`${server!.url}/readyz`);
      const { degraded = [] } = (await response.json()) as { degraded?: string[] };
      return response.status === 200 && degraded.some((text) => reason.test(text));
    });
    expect((await post('neighbour', '/v1/jobs', SHORT)).status).toBe(503);
    expect((await post('neighbour', '/v1/infer', SHORT)).status).toBe(200);
  };
  const file = (): string => join(folder, 'jobs.db');

  it('by a lock', async () => {
    await start({ DATA_DIR: folder });
    const lock = new DatabaseSync(file());
    lock.exec('BEGIN IMMEDIATE');
    await degrades(/jobs\.db: database is locked/);
    lock.exec('ROLLBACK');
    lock.close();
  });

  it('by its contents, at the start', async () => {
    writeFileSync(file(), 'not a database, though it has the name of one'.repeat(100));
    await start({ DATA_DIR: folder });
    await degrades(/jobs\.db: file is not a database/);
  });

  it.runIf(hasSmallDisks)('by a full disk', async () => {
    const disk = new SmallDisk(1024);
    try {
      await start({ DATA_DIR: disk.folder });
      disk.fill();
      await degrades(new RegExp(`${disk.folder}/jobs\\.db: `));
    } finally {
      await server!.close();
      server = undefined;
      disk.remove();
    }
  });
});

/** A server that ends with its scope. */
async function started(env: Record<string, string>): Promise<AttackedServer & AsyncDisposable> {
  const server = await AttackedServer.start(env);
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop() });
}

function aJob(id: string, changes: Partial<Job>): Job {
  const input = { body: SHORT, caller: { id: 'key:attacker' } };
  const times = { createdAt: Date.now(), expiresAt: Date.now() + 600_000 };
  const counts = { version: 0, attempts: 0, deliveries: [] };
  return {
    id,
    entry: id,
    owner: 'key:attacker',
    input,
    priority: 'normal',
    status: 'queued',
    ...times,
    ...counts,
    ...changes,
  };
}
