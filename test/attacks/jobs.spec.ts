/** One caller's jobs and callbacks, and a storage that fails: what they cost others. */
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DurableStorage } from '@frontier/durable';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEYS } from '../support/attacked-server.ts';
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
  const answer = (await response.json()) as { id: string };
  expect([response.status, answer]).toEqual([202, expect.anything()]);
  return answer.id;
};

/** Attacks that either storage must withstand. */
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
      const jobs = server!.app.get<DurableStorage>(DurableStorage, { strict: false });
      await waitFor(async () => (await jobs.get(id))!.deliveries.every(({ status }) => status === 'delivered'));
      const job = (await jobs.get(id))!;
      const deliveries = Array.from({ length: 19 }, () => job.deliveries[0]);
      await jobs.update({ ...job, deliveries });
      const last = await post('attacker', `/v1/jobs/${id}/deliveries/1/replay`);
      expect([last.status, ((await last.json()) as { data: unknown[] }).data.length]).toEqual([202, 20]);
      await waitFor(() => receiver.received.length === 3);
      await waitFor(async () => (await jobs.get(id))!.deliveries[19].status === 'delivered');
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
      // One that was not delayed, and the one whose next attempt is due in 5 s; both signed with the time of that clock.
      await submit();
      await waitFor(() => answers === 2);
      await waitFor(() => answers === 3);
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
