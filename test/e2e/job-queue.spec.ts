import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DurableStorage, type JobPlace, openStorage, sizeOf, type TaskResult } from '@frontier/durable';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { waitFor } from '../support/server.ts';
import { aJob } from '../support/stored-job.ts';

interface Backend {
  open(): Promise<DurableStorage>;
  /** Makes a stored job's document something else. */
  damage(id: string): Promise<void>;
  clear(): Promise<void>;
}

/** The contract of every storage. */
function contract(name: string, backend: () => Backend): void {
  describe(`the ${name} storage`, () => {
    let storages: DurableStorage[];
    const open = async (): Promise<DurableStorage> => {
      const storage = await backend().open();
      storages.push(storage);
      return storage;
    };
    beforeEach(() => {
      storages = [];
    });
    afterEach(async () => {
      await Promise.all(storages.map((storage) => storage.close()));
      await backend().clear();
    });

    it('keeps a job once, as it was accepted, for whoever opens it next', async () => {
      const storage = await open();
      expect(await storage.accept(aJob('a'))).toBe(true);
      expect(await storage.accept(aJob('a', { owner: 'other' }))).toBe(false);
      expect(await storage.get('a')).toEqual(aJob('a', { expiresAt: expect.any(Number) as number }));
      expect(await storage.get('b')).toBeUndefined();
      await storage.close();
      storages.pop();
      expect((await (await open()).get('a'))?.owner).toBe('me');
    });

    it('lets one of two changes of the same version pass', async () => {
      const storage = await open();
      await storage.accept(aJob('a'));
      const job = (await storage.get('a'))!;
      const changes = ['running', 'cancelled'] as const;
      const passed = await Promise.all(
        changes.map((status) => storage.update({ ...job, status }, { at: 1, status, attempts: 0 })),
      );
      expect(passed.toSorted()).toEqual([false, true]);
      expect((await storage.get('a'))!.version).toBe(1);
      expect(await storage.update({ ...aJob('b'), version: 0 })).toBe(false);
    });

    it('tells the events of a job in their order, from any on', async () => {
      const storage = await open();
      await storage.accept(aJob('a'));
      for (const attempts of [1, 2]) {
        await storage.update(
          { ...(await storage.get('a'))!, status: 'running', attempts },
          { at: attempts, status: 'running', attempts },
        );
      }
      await storage.update((await storage.get('a'))!);
      expect((await storage.events('a', 0)).map(({ id, status, attempts }) => [id, status, attempts])).toEqual([
        [1, 'queued', 0],
        [2, 'running', 1],
        [3, 'running', 2],
      ]);
      expect(await storage.events('a', 2)).toHaveLength(1);
      expect(await storage.events('b', 0)).toEqual([]);
    });

    it("lists an owner's jobs by pages, newest first, and failed ones of all", async () => {
      const storage = await open();
      for (let i = 0; i < 7; i++) await storage.accept(aJob(`j${i}`, { createdAt: 1000 + Math.floor(i / 2) }));
      await storage.accept(aJob('x', { owner: 'other', createdAt: 5000 }));
      const pages: string[][] = [];
      const maxBytes = 2 ** 20;
      for (let after: JobPlace | undefined; ;) {
        const { jobs, next } = await storage.list({ owner: 'me', limit: 3, maxBytes, after });
        pages.push(jobs.map(({ id }) => id));
        after = next;
        if (!next) break;
      }
      expect(pages).toEqual([['j6', 'j5', 'j4'], ['j3', 'j2', 'j1'], ['j0']]);
      for (const id of ['j1', 'x'])
        await storage.update({ ...(await storage.get(id))!, status: 'failed', finishedAt: 1 });
      const failed = async (owner?: string): Promise<string[]> =>
        (await storage.list({ owner, status: 'failed', limit: 5, maxBytes })).jobs.map(({ id }) => id);
      expect([await failed(), await failed('me')]).toEqual([['x', 'j1'], ['j1']]);
    });

    it('hands out each task once while its handler lives, urgent ones first, those that are retried later', async () => {
      const storage = await open();
      for (const [id, priority] of [
        ['low', 'low'],
        ['normal', 'normal'],
        ['high', 'high'],
      ] as const) {
        await storage.accept(aJob(id, { priority }));
      }
      expect(await storage.waiting('jobs')).toBe(3);
      const seen: string[] = [];
      storage.work('jobs', 1, async ({ jobId }): Promise<TaskResult> => {
        seen.push(jobId);
        return jobId === 'high' && seen.filter((id) => id === 'high').length === 1 ? { retry: { delayMs: 300 } } : {};
      });
      await waitFor(() => seen.length === 4);
      expect(seen).toEqual(['high', 'normal', 'low', 'high']);
      await waitFor(async () => (await storage.waiting('jobs')) === 0);
      await sleep(100);
      expect(seen).toHaveLength(4);
    });

    it('delays tasks, and puts none twice on a queue', async () => {
      const storage = await open();
      const seen: number[] = [];
      const startedAt = performance.now();
      await storage.enqueue('deliveries', { jobId: 'a', delivery: 1 }, { owner: 'me', delayMs: 400 });
      await storage.enqueue('deliveries', { jobId: 'a', delivery: 1 }, { owner: 'me' });
      storage.work('deliveries', 4, async () => {
        seen.push(performance.now() - startedAt);
        return {};
      });
      await waitFor(() => seen.length === 1);
      expect(seen[0]).toBeGreaterThan(350);
      await sleep(100);
      expect(seen).toHaveLength(1);
    });

    it('works on no more at once than it may, and all of it', async () => {
      const storage = await open();
      let running = 0;
      let most = 0;
      const done = new Set<string>();
      storage.work('jobs', 3, async ({ jobId }) => {
        most = Math.max(most, ++running);
        await sleep(5);
        running--;
        done.add(jobId);
        return {};
      });
      await Promise.all(Array.from({ length: 40 }, (_, i) => storage.accept(aJob(`job${i}`))));
      await waitFor(() => done.size === 40);
      expect(most).toBe(3);
    });

    it('shares tasks among processes: none is worked on twice at once', async () => {
      const [one, two] = [await open(), await open()];
      const counts = new Map<string, number>();
      for (const storage of [one, two]) {
        storage.work('jobs', 4, async ({ jobId }) => {
          counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
          await sleep(3);
          return {};
        });
      }
      await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 ? one : two).accept(aJob(`job${i}`))));
      await waitFor(() => counts.size === 60);
      expect([...counts.values()].every((count) => count === 1)).toBe(true);
    });

    it('aborts handlers when it closes, and gives back what they had', async () => {
      const storage = await open();
      await storage.accept(aJob('a'));
      let begun = 0;
      storage.work('jobs', 1, async (_, signal) => {
        begun++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { retry: { delayMs: 0 } };
      });
      await waitFor(() => begun === 1);
      await storage.close();
      storages.pop();
      const next = await open();
      const seen: string[] = [];
      next.work('jobs', 1, async ({ jobId }) => {
        seen.push(jobId);
        return {};
      });
      await waitFor(() => seen.length === 1);
    });

    it('remembers messages once, and forgets what is old', async () => {
      const storage = await open();
      const message = {
        id: 'evt',
        type: 't',
        digest: 'd',
        receivedAt: 50,
        answer: { id: 'evt', type: 't', status: 'accepted' as const },
      };
      expect(await storage.find('evt')).toBeUndefined();
      const kept = await Promise.all([storage.keep(message), storage.keep({ ...message, digest: 'e' })]);
      expect(kept.toSorted()).toEqual([false, true]);
      expect((await storage.find('evt'))!.digest).toBe(kept[0] ? 'd' : 'e');
      for (const [id, finishedAt] of [
        ['old', 10],
        ['new', 100],
      ] as const) {
        await storage.accept(aJob(id));
        await storage.update(
          { ...(await storage.get(id))!, status: 'succeeded', finishedAt },
          { at: 1, status: 'succeeded', attempts: 1 },
        );
      }
      await storage.accept(aJob('open'));
      expect(await storage.purge(60)).toEqual({ jobs: 1, isDone: true });
      expect([await storage.get('old'), await storage.find('evt'), await storage.events('old', 0)]).toEqual([
        undefined,
        undefined,
        [],
      ]);
      const { jobs } = await storage.list({ owner: 'me', limit: 9, maxBytes: 2 ** 20 });
      expect(jobs.map(({ id }) => id)).toEqual(['open', 'new']);
    });

    it('remembers so many bytes of messages, the newest ones', async () => {
      const storage = await open();
      const result = 'r'.repeat(2 ** 20);
      for (let i = 0; i < 70; i++) {
        const answer = { id: `m${i}`, type: 't', status: 'accepted' as const, result };
        await storage.keep({ id: `m${i}`, type: 't', digest: 'd', receivedAt: i, answer });
      }
      expect([await storage.find('m0'), (await storage.find('m69'))?.id]).toEqual([undefined, 'm69']);
      let kept = 0;
      for (let i = 0; i < 70; i++) if (await storage.find(`m${i}`)) kept++;
      expect(kept).toBeGreaterThan(50);
      expect(kept).toBeLessThanOrEqual(64);
      expect((await storage.purge(1000)).jobs).toBe(0);
      expect(await storage.find('m69')).toBeUndefined();
    });

    it('lets owners take turns, however many tasks one of them has', async () => {
      const storage = await open();
      for (let i = 0; i < 100; i++) await storage.accept(aJob(`a${i}`, { owner: 'greedy', priority: 'high' }));
      await storage.accept(aJob('b', { owner: 'one', priority: 'low' }));
      await storage.accept(aJob('c', { owner: 'two' }));
      const seen: string[] = [];
      storage.work('jobs', 1, async ({ jobId }) => {
        seen.push(jobId);
        // Its next one comes when the queue has gone on: it must not be served before all others each time.
        if (jobId.startsWith('b') && jobId.length < 4) await storage.accept(aJob(`${jobId}b`, { owner: 'one' }));
        return {};
      });
      await waitFor(() => seen.length === 105);
      const first = seen.slice(0, 9);
      expect(first.filter((id) => id.startsWith('a')).length).toBeGreaterThanOrEqual(3);
      expect(first).toEqual(expect.arrayContaining(['b', 'c', 'bb', 'bbb', 'a0', 'a1', 'a2']));
      expect(seen.filter((id) => id.startsWith('a'))).toEqual(Array.from({ length: 100 }, (_, i) => `a${i}`));
    });

    it('gives one alone all places, and another its share at once', async () => {
      const storage = await open();
      const running = new Map<string, number>();
      const count = (owner: string, change: number): void =>
        void running.set(owner, (running.get(owner) ?? 0) + change);
      const release = Promise.withResolvers<void>();
      storage.work('jobs', 4, async ({ jobId }) => {
        const owner = jobId.split('-')[0];
        count(owner, 1);
        await release.promise;
        count(owner, -1);
        return {};
      });
      for (let i = 0; i < 12; i++) await storage.accept(aJob(`greedy-${i}`, { owner: 'greedy' }));
      await waitFor(() => running.get('greedy') === 4);
      for (let i = 0; i < 12; i++) await storage.accept(aJob(`other-${i}`, { owner: 'other' }));
      await waitFor(() => running.get('other') === 2);
      await sleep(400);
      expect([running.get('greedy'), running.get('other')]).toEqual([4, 2]);
      release.resolve();
      await waitFor(async () => (await storage.waiting('jobs')) === 0);
    });

    it('takes no more of an owner than one may keep, and says which bound is reached', async () => {
      const storage = await open();
      const limits = { open: 3, bytes: 20_000 };
      for (const id of ['a', 'b', 'c']) expect(await storage.accept(aJob(id), limits)).toBe(true);
      await expect(storage.accept(aJob('d'), limits)).rejects.toMatchObject({
        code: 'rate_limit_exceeded',
        status: 429,
      });
      // One that is there already is no more.
      expect(await storage.accept(aJob('a'), limits)).toBe(false);
      expect(await storage.accept(aJob('x', { owner: 'other' }), limits)).toBe(true);
      const end = async (id: string): Promise<unknown> =>
        storage.update({ ...(await storage.get(id))!, status: 'succeeded', finishedAt: 10, output: 'o'.repeat(9000) });
      await end('a');
      expect(await storage.accept(aJob('d'), limits)).toBe(true);
      await end('b');
      await end('c');
      await expect(storage.accept(aJob('e'), limits)).rejects.toMatchObject({ message: expect.stringMatching(/MiB/) });
      await storage.purge(60);
      expect(await storage.accept(aJob('e'), limits)).toBe(true);
      // A purged owner's count is that of what is left.
      expect(await storage.accept(aJob('f'), limits)).toBe(true);
      await expect(storage.accept(aJob('g'), limits)).rejects.toMatchObject({
        message: expect.stringMatching(/3 jobs/),
      });
    });

    it('tells states without documents', async () => {
      const storage = await open();
      await storage.accept(aJob('a'));
      await storage.update({ ...(await storage.get('a'))!, status: 'running', isCancelling: true });
      expect(await storage.states(['a', 'b'])).toEqual([
        { owner: 'me', status: 'running', version: 1, isCancelling: true },
        undefined,
      ]);
    });

    it('ends a page where its bytes end', async () => {
      const storage = await open();
      for (let i = 0; i < 12; i++) {
        await storage.accept(aJob(`j${i}`, { createdAt: 1000 + i, input: { prompt: 'p'.repeat(50_000) } }));
        await storage.update({ ...(await storage.get(`j${i}`))!, output: 'o'.repeat(i === 5 ? 90_000 : 3000) });
      }
      const sizes: number[] = [];
      const seen: string[] = [];
      for (let after: JobPlace | undefined; ;) {
        const { jobs, next } = await storage.list({ owner: 'me', limit: 10, maxBytes: 10_000, after });
        sizes.push(jobs.length);
        seen.push(...jobs.map(({ id }) => id));
        expect(jobs[0]).not.toHaveProperty('input');
        after = next;
        if (!next) break;
      }
      expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `j${11 - i}`));
      // The large one is a page of its own.
      expect(sizes).toEqual([3, 3, 1, 3, 2]);
    });

    it('keeps attachments apart, and counts their bytes', async () => {
      const storage = await open();
      const parts = [Uint8Array.of(0, 255, 128), Uint8Array.of(10)];
      const output = [new Uint8Array(30_000).fill(7)];
      const limits = { open: 9, bytes: 20_000 };
      const attachments = { input: sizeOf(parts) };
      expect(await storage.accept(aJob('a', { attachments }), limits, parts)).toBe(true);
      expect(await storage.accept(aJob('a', { attachments }), limits, parts)).toBe(false);
      expect(
        [await storage.part('a', 'input', 0), await storage.part('a', 'input', 1)].map((part) => [...part!]),
      ).toEqual(parts.map((part) => [...part]));
      expect(await storage.part('a', 'input', 2)).toBeUndefined();
      expect(await storage.part('a', 'output', 0)).toBeUndefined();
      await expect(storage.accept(aJob('b'), limits, output)).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
      const job = { ...(await storage.get('a'))!, status: 'succeeded' as const, finishedAt: 10 };
      await expect(storage.update(job, undefined, output, limits)).rejects.toMatchObject({ status: 429 });
      expect(await storage.get('a')).toMatchObject({ status: 'queued', version: 0 });
      // Of two changes of one version, the attachment of the first is kept.
      expect(await storage.update(job, undefined, output, { open: 9, bytes: 40_000 })).toBe(true);
      expect(await storage.update(job, undefined, [Uint8Array.of(1)], { open: 9, bytes: 40_000 })).toBe(false);
      expect(Buffer.from((await storage.part('a', 'output', 0))!).equals(output[0])).toBe(true);
      expect(await storage.update((await storage.get('a'))!)).toBe(true);
      await expect(storage.accept(aJob('c'), limits)).rejects.toMatchObject({ message: expect.stringMatching(/MiB/) });
      expect(await storage.purge(60)).toMatchObject({ jobs: 1, isDone: true });
      expect(await storage.part('a', 'output', 0)).toBeUndefined();
      expect(await storage.accept(aJob('c'), limits)).toBe(true);
    });

    it('forgets in steps', async () => {
      const storage = await open();
      await Promise.all(
        Array.from({ length: 450 }, async (_, i) => {
          await storage.accept(aJob(`j${i}`));
          await storage.update({ ...(await storage.get(`j${i}`))!, status: 'succeeded', finishedAt: 10 });
        }),
      );
      const steps: number[] = [];
      for (let isDone = false; !isDone;) {
        const purged = await storage.purge(60);
        steps.push(purged.jobs);
        isDone = purged.isDone;
      }
      expect(steps.length).toBeGreaterThan(2);
      expect(steps.reduce((sum, step) => sum + step)).toBe(450);
    });

    it('sets a job aside that cannot be read, and goes on with the others', async () => {
      const storage = await open();
      for (const id of ['a', 'b', 'c']) await storage.accept(aJob(id));
      await storage.close();
      storages.pop();
      await backend().damage('b');
      const again = await open();
      const seen: string[] = [];
      again.work('jobs', 1, async ({ jobId }) => {
        seen.push(jobId);
        expect((await again.get(jobId)) === undefined).toBe(jobId === 'b');
        return {};
      });
      await waitFor(() => seen.includes('a') && seen.includes('c'));
      expect((await again.list({ owner: 'me', limit: 9, maxBytes: 2 ** 20 })).jobs.map(({ id }) => id)).toEqual([
        'c',
        'a',
      ]);
      expect(await again.states(['b'])).toEqual([undefined]);
      expect(await again.accept(aJob('d'), { open: 3, bytes: 2 ** 20 })).toBe(true);
      // It is forgotten in its time.
      expect(await again.purge(Date.now() + 1000)).toMatchObject({ jobs: 1 });
    });
  });
}

{
  let folder: string;
  contract('SQLite', () => ({
    open: () => {
      folder ??= mkdtempSync(join(tmpdir(), 'frontier-jobs-'));
      return openStorage({ folder });
    },
    damage: async (id) => {
      const db = new DatabaseSync(join(folder, 'jobs.db'));
      db.prepare(`UPDATE jobs SET document = '{"id":' WHERE id = ?`).run(id);
      db.close();
    },
    clear: async () => rmSync(folder, { recursive: true }),
  }));
}

describe.runIf(hasRedis)('on Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.kill());
  contract('BullMQ', () => ({
    open: () => openStorage({ folder: '', redisUrl: redis.url }),
    damage: async (id) => void (await redis.command(`HSET frontier:jobs:job:${id} document {`)),
    clear: () => redis.flush(),
  }));
});
