import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DurableStorage, openStorage } from '@frontier/durable';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { startServer, waitFor } from '../support/server.ts';
import { hasSmallDisks, SmallDisk } from '../support/small-disk.ts';
import { aJob } from '../support/stored-job.ts';

describe('the storage of jobs', () => {
  let folder: string;
  const storages: DurableStorage[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-storage-'));
  });
  const close = async (): Promise<void> => {
    await Promise.all(storages.splice(0).map((storage) => storage.close()));
  };
  afterEach(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });
  const open = async (options: Partial<Parameters<typeof openStorage>[0]> = {}): Promise<DurableStorage> => {
    const storage = await openStorage({ folder, ...options });
    storages.push(storage);
    return storage;
  };

  it('is known to be damaged within 5 s, and used within 5 s of its repair', async () => {
    const storage = await openStorage({ folder });
    for (let i = 0; i < 200; i++) await storage.accept(aJob(`job${i}`, { input: 'x'.repeat(2000) }));
    await storage.close();
    const file = join(folder, 'jobs.db');
    const backup = readFileSync(file);
    writeFileSync(file, Buffer.from(backup).fill(0x5a, 60 * 4096, 100 * 4096));
    const again = await open();
    await waitFor(() => /the database is damaged/.test(again.unavailability ?? ''), 5000);
    writeFileSync(file, backup);
    await waitFor(() => again.isAvailable, 5000);
  });

  it('is opened anew within 5 s when another file is put in its place', async () => {
    const storage = await open();
    await storage.accept(aJob('a'));
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `jobs.db${suffix}`), { force: true });
    await waitFor(async () => (await storage.get('a')) === undefined, 5000);
  });

  it.runIf(hasSmallDisks)('is used within 5 s when its disk may be written again', async () => {
    const disk = new SmallDisk(1024);
    try {
      await (await openStorage({ folder: disk.folder })).close();
      disk.remount('ro');
      const storage = await open({ folder: disk.folder });
      expect(storage.isAvailable).toBe(false);
      disk.remount('rw');
      await waitFor(() => storage.isAvailable, 5000);
    } finally {
      await close();
      disk.remove();
    }
  });

  it.runIf(hasSmallDisks)('is reported by /readyz within 8 s when its disk has room again', async () => {
    const disk = new SmallDisk(2048);
    const server = await startServer({ env: { DATA_DIR: disk.folder } });
    try {
      const isDegraded = async (): Promise<boolean> => {
        const { degraded } = (await (await fetch(`${server.url}/readyz`)).json()) as { degraded: string[] };
        return degraded.some((text) => text.startsWith('jobs'));
      };
      disk.fill();
      await waitFor(isDegraded);
      disk.empty();
      await waitFor(async () => !(await isDegraded()), 8000);
    } finally {
      await server.close();
      disk.remove();
    }
  });

  describe.each(['SQLite', ...(hasRedis ? ['Redis'] : [])])('in %s', (kind) => {
    let redis: TestRedis | undefined;
    beforeEach(async () => {
      redis = kind === 'Redis' ? await TestRedis.start() : undefined;
    });
    afterEach(async () => {
      await close();
      await redis?.kill();
    });

    it('begins a task that a closed process gave back within 5 s', async () => {
      const options = { redisUrl: redis?.url };
      const storage = await openStorage({ folder, ...options });
      await storage.accept(aJob('a'));
      let begun = 0;
      storage.work('jobs', 1, async (_, signal) => {
        begun++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { retry: { delayMs: 0 } };
      });
      await waitFor(() => begun === 1);
      await storage.close();
      const seen: string[] = [];
      (await open(options)).work('jobs', 1, async ({ jobId }) => (seen.push(jobId), {}));
      await waitFor(() => seen.length === 1, 5000);
    });
  });
});
