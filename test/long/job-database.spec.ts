import '../support/openapi.setup.ts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DurableStorage, encodeTask, openStorage } from '@frontier/durable';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { oldDatabase } from '../support/old-job-storage.ts';
import { TOKEN, waitFor } from '../support/server.ts';
import { ServerProcess } from '../support/server-process.ts';
import { hasSmallDisks, SmallDisk } from '../support/small-disk.ts';
import { aJob } from '../support/stored-job.ts';

describe('the database of jobs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-storage-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

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
    for (const id of ['job_good', 'job_bad', 'job_fine']) await storage.accept(aJob(id, { input: INPUT }));
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

  it('is taken over from the version before: what waited, what ran, and what was to be delivered later', async () => {
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
});

/** As the server stores it. */
const INPUT = {
  body: { prompt: 'Once upon a time', params: { max_new_tokens: 4, temperature: 0 } },
  caller: { id: 'key:test' },
};
