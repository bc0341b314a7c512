import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, type JobQueue, openJobQueue, type Outcome } from '@frontier/jobs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { waitFor } from '../support/server.ts';

function aJob(id: string, changes: Partial<Job> = {}): Job {
  return {
    id,
    entry: id,
    version: 0,
    status: 'queued',
    owner: 'me',
    input: { prompt: 'é€😀' },
    priority: 'normal',
    createdAt: 1000,
    expiresAt: Date.now() + 60_000,
    attempts: 0,
    deliveries: [],
    ...changes,
  };
}

interface Backend {
  open(): Promise<JobQueue>;
  clear(): Promise<void>;
}

/** What every queue promises. */
function contract(name: string, backend: () => Backend): void {
  describe(`the ${name} queue`, () => {
    let queues: JobQueue[];
    const open = async (): Promise<JobQueue> => {
      const queue = await backend().open();
      queues.push(queue);
      return queue;
    };
    beforeEach(() => {
      queues = [];
    });
    afterEach(async () => {
      await Promise.all(queues.map((queue) => queue.close()));
      await backend().clear();
    });

    it('keeps a job once, as it was accepted, for whoever opens it next', async () => {
      const queue = await open();
      expect(await queue.accept(aJob('a'))).toBe(true);
      expect(await queue.accept(aJob('a', { owner: 'other' }))).toBe(false);
      expect(await queue.get('a')).toEqual(aJob('a', { expiresAt: expect.any(Number) as number }));
      expect(await queue.get('b')).toBeUndefined();
      await queue.close();
      queues.pop();
      expect((await (await open()).get('a'))?.owner).toBe('me');
    });

    it('lets one of two changes of the same version pass', async () => {
      const queue = await open();
      await queue.accept(aJob('a'));
      const job = (await queue.get('a'))!;
      const changes = ['running', 'cancelled'] as const;
      const passed = await Promise.all(
        changes.map((status) => queue.update({ ...job, status }, { at: 1, status, attempts: 0 })),
      );
      expect(passed.toSorted()).toEqual([false, true]);
      expect((await queue.get('a'))!.version).toBe(1);
      expect(await queue.update({ ...aJob('b'), version: 0 })).toBe(false);
    });

    it('tells the events of a job in their order, from any on', async () => {
      const queue = await open();
      await queue.accept(aJob('a'));
      for (const attempts of [1, 2]) {
        await queue.update(
          { ...(await queue.get('a'))!, status: 'running', attempts },
          { at: attempts, status: 'running', attempts },
        );
      }
      await queue.update((await queue.get('a'))!);
      expect((await queue.events('a', 0)).map(({ id, status, attempts }) => [id, status, attempts])).toEqual([
        [1, 'queued', 0],
        [2, 'running', 1],
        [3, 'running', 2],
      ]);
      expect(await queue.events('a', 2)).toHaveLength(1);
      expect(await queue.events('b', 0)).toEqual([]);
    });

    it("lists an owner's jobs by pages, newest first, and failed ones of all", async () => {
      const queue = await open();
      for (let i = 0; i < 7; i++) await queue.accept(aJob(`j${i}`, { createdAt: 1000 + Math.floor(i / 2) }));
      await queue.accept(aJob('x', { owner: 'other', createdAt: 5000 }));
      const pages: string[][] = [];
      for (let after: Job | undefined; ;) {
        const page = await queue.list({ owner: 'me', limit: 3, after });
        if (page.length === 0) break;
        pages.push(page.map(({ id }) => id));
        after = page.at(-1);
      }
      expect(pages).toEqual([['j6', 'j5', 'j4'], ['j3', 'j2', 'j1'], ['j0']]);
      for (const id of ['j1', 'x']) await queue.update({ ...(await queue.get(id))!, status: 'failed', finishedAt: 1 });
      expect((await queue.list({ status: 'failed', limit: 5 })).map(({ id }) => id)).toEqual(['x', 'j1']);
      expect((await queue.list({ owner: 'me', status: 'failed', limit: 5 })).map(({ id }) => id)).toEqual(['j1']);
    });

    it('hands out each entry once while its handler lives, urgent ones first, those that come again later', async () => {
      const queue = await open();
      for (const [id, priority] of [
        ['low', 'low'],
        ['normal', 'normal'],
        ['high', 'high'],
      ] as const) {
        await queue.accept(aJob(id, { priority }));
      }
      expect(await queue.waiting('jobs')).toBe(3);
      const seen: string[] = [];
      queue.work('jobs', 1, async (entry): Promise<Outcome> => {
        seen.push(entry);
        return entry === 'high' && seen.filter((id) => id === 'high').length === 1 ? { again: { delayMs: 300 } } : {};
      });
      await waitFor(() => seen.length === 4);
      expect(seen).toEqual(['high', 'normal', 'low', 'high']);
      await waitFor(async () => (await queue.waiting('jobs')) === 0);
      await sleep(100);
      expect(seen).toHaveLength(4);
    });

    it('delays entries, and puts none twice on a lane', async () => {
      const queue = await open();
      const seen: number[] = [];
      const startedAt = performance.now();
      await queue.enqueue('deliveries', 'a:1', { delayMs: 400 });
      await queue.enqueue('deliveries', 'a:1', {});
      queue.work('deliveries', 4, async () => {
        seen.push(performance.now() - startedAt);
        return {};
      });
      await waitFor(() => seen.length === 1);
      expect(seen[0]).toBeGreaterThan(350);
      await sleep(100);
      expect(seen).toHaveLength(1);
    });

    it('works on no more at once than it may, and all of it', async () => {
      const queue = await open();
      let running = 0;
      let most = 0;
      const done = new Set<string>();
      queue.work('jobs', 3, async (entry) => {
        most = Math.max(most, ++running);
        await sleep(5);
        running--;
        done.add(entry);
        return {};
      });
      await Promise.all(Array.from({ length: 40 }, (_, i) => queue.accept(aJob(`job${i}`))));
      await waitFor(() => done.size === 40);
      expect(most).toBe(3);
    });

    it('shares entries among processes: none is worked on twice at once', async () => {
      const [one, two] = [await open(), await open()];
      const counts = new Map<string, number>();
      for (const queue of [one, two]) {
        queue.work('jobs', 4, async (entry) => {
          counts.set(entry, (counts.get(entry) ?? 0) + 1);
          await sleep(3);
          return {};
        });
      }
      await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 ? one : two).accept(aJob(`job${i}`))));
      await waitFor(() => counts.size === 60);
      expect([...counts.values()].every((count) => count === 1)).toBe(true);
    });

    it('aborts handlers when it closes, and gives back what they had', async () => {
      const queue = await open();
      await queue.accept(aJob('a'));
      let begun = 0;
      queue.work('jobs', 1, async (_, signal) => {
        begun++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { again: { delayMs: 0 } };
      });
      await waitFor(() => begun === 1);
      await queue.close();
      queues.pop();
      const next = await open();
      const seen: string[] = [];
      next.work('jobs', 1, async (entry) => {
        seen.push(entry);
        return {};
      });
      await waitFor(() => seen.length === 1, 5000);
    });

    it('remembers messages once, and forgets what is old', async () => {
      const queue = await open();
      const message = {
        id: 'evt',
        type: 't',
        digest: 'd',
        receivedAt: 50,
        answer: { id: 'evt', type: 't', status: 'accepted' as const },
      };
      expect(await queue.find('evt')).toBeUndefined();
      const kept = await Promise.all([queue.keep(message), queue.keep({ ...message, digest: 'e' })]);
      expect(kept.toSorted()).toEqual([false, true]);
      expect((await queue.find('evt'))!.digest).toBe(kept[0] ? 'd' : 'e');
      for (const [id, finishedAt] of [
        ['old', 10],
        ['new', 100],
      ] as const) {
        await queue.accept(aJob(id));
        await queue.update(
          { ...(await queue.get(id))!, status: 'succeeded', finishedAt },
          { at: 1, status: 'succeeded', attempts: 1 },
        );
      }
      await queue.accept(aJob('open'));
      expect(await queue.purge(60)).toBe(1);
      expect([await queue.get('old'), await queue.find('evt'), await queue.events('old', 0)]).toEqual([
        undefined,
        undefined,
        [],
      ]);
      expect((await queue.list({ owner: 'me', limit: 9 })).map(({ id }) => id)).toEqual(['open', 'new']);
    });
  });
}

{
  let folder: string;
  contract('SQLite', () => ({
    open: () => {
      folder ??= mkdtempSync(join(tmpdir(), 'frontier-jobs-'));
      return openJobQueue({ folder });
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
    open: () => openJobQueue({ folder: '', redisUrl: redis.url }),
    clear: () => redis.flush(),
  }));
});
