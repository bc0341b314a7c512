/** Followers, lists and messages of jobs: what they cost the event loop and the memory of the server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, openStorage } from '@frontier/durable';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AttackedServer, KEYS, LEAST_OF_THREE, MAX_CALLBACK_MS } from '../support/attacked-server.ts';
import { JobFollowers } from '../support/job-followers.ts';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { waitFor } from '../support/server.ts';

const SECRET = `whsec_${Buffer.from('a secret of this test').toString('base64')}`;
const SHORT = { prompt: 'Once upon a time', params: { max_new_tokens: 1, temperature: 0 } };
const ENDLESS = { prompt: 'Tom', params: { max_new_tokens: 1000, ignore_eos: true } };

/** Loads on a server in a process of its own, which measures itself. */
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

  it('1,000 followers of a job cost little, and each a bounded part of the memory', LEAST_OF_THREE, async () => {
    await start({ JOBS_CONCURRENCY: '1' });
    for (let i = 0; i < 8; i++) await accept(KEYS.attacker, ENDLESS);
    const id = await accept(KEYS.attacker, { ...ENDLESS, prompt: 'x'.repeat(8000) });
    const before = await server.measure();
    const followers = JobFollowers.of(server.url, `/v1/jobs/${id}/events`, KEYS.attacker, 1000);
    try {
      await waitFor(() => followers.begun === 1000, 60_000);
      expect(followers.statuses).toEqual({ 200: 1000 });
      const opened = await server.measure();
      await sleep(2000);
      const idle = await server.measure();
      await server.call(`/v1/jobs/${id}/cancel`, { token: KEYS.attacker });
      await waitFor(() => followers.ended === 1000, 60_000);
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
      await waitFor(() => greedy.begun === 1100, 60_000);
      expect(greedy.statuses).toEqual({ 200: 1024, 429: 76 });
      const modest = JobFollowers.of(server.url, `/v1/jobs/${other}/events`, KEYS.neighbour, 10);
      await waitFor(() => modest.begun === 10, 60_000);
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

  it('20 lists of large jobs at once hold up nobody', LEAST_OF_THREE, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-lists-'));
    await start({ JOBS_CONCURRENCY: '1', DATA_DIR: folder });
    const queue = await openStorage({ folder, redisUrl: storage().JOBS_REDIS_URL });
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
    rmSync(folder, { recursive: true });
  });
}

describe('the load of jobs, in SQLite', () => {
  loads(() => ({}));
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

describe('webhooks of a sender who has the secret', () => {
  let server: AttackedServer;
  afterEach(() => server.stop());

  it.each([
    ['2 MiB of brackets', '['.repeat(2 ** 21 - 200)],
    ['100,000 texts with escapes', `[${'"\\ud83d\\ude00",'.repeat(100_000)}0]`],
  ])('cost little: %s', LEAST_OF_THREE, async (_, payload) => {
    server = await AttackedServer.start({ WEBHOOK_HMAC_SECRET: SECRET });
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

function aJob(id: string, changes: Partial<Job>): Job {
  const input = { body: SHORT, caller: { id: 'key:attacker' } };
  const times = { createdAt: Date.now(), expiresAt: Date.now() + 600_000 };
  const counts = { version: 0, attempts: 0, deliveries: [] };
  return {
    id,
    owner: 'key:attacker',
    input,
    priority: 'normal',
    status: 'queued',
    ...times,
    ...counts,
    ...changes,
  };
}
