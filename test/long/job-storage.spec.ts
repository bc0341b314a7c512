import '../support/openapi.setup.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@frontier/durable';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobsDegraded, jobsRestored } from '../support/job-readiness.ts';
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

  const get = async (path: string): Promise<Response> =>
    fetch(server!.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });

  it('accepts nothing while the database is locked, and goes on afterwards', async () => {
    server = await startServer({ env: { DATA_DIR: folder } });
    const lock = new DatabaseSync(join(folder, 'jobs.db'), { timeout: 10_000 });
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
    expect(child.output).toMatch(/jobs\.db was written by a newer version .*version 7, known are 3/);
  });

  it('is waited for at the start, while everything else is served: locked', async () => {
    const lock = new DatabaseSync(join(folder, 'jobs.db'));
    lock.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE');
    server = await startServer({ env: { DATA_DIR: folder } });
    await jobsDegraded(server, /jobs\.db: database is locked/);
    const refused = await server.post('/v1/jobs', SHORT);
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'jobs_unavailable' }]);
    expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
    lock.exec('ROLLBACK');
    lock.close();
    await jobsRestored(server);
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
  });

  it('is waited for at the start, while everything else is served: damaged, until the file is put right', async () => {
    writeFileSync(join(folder, 'jobs.db'), Buffer.alloc(8192, 'no database '));
    server = await startServer({ env: { DATA_DIR: folder } });
    await jobsDegraded(server, /jobs\.db: file is not a database/);
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(503);
    expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
    rmSync(join(folder, 'jobs.db'));
    await jobsRestored(server);
    expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
  });

  it.runIf(hasSmallDisks)('is waited for at the start, while everything else is served: a full disk', async () => {
    const disk = new SmallDisk(1024);
    try {
      disk.fill();
      server = await startServer({ env: { DATA_DIR: join(disk.folder, 'data') } });
      await jobsDegraded(server, new RegExp(`${disk.folder}/data/jobs\\.db: .*(full|space|open)`));
      expect((await server.post('/v1/jobs', SHORT)).status).toBe(503);
      expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
      disk.empty();
      await jobsRestored(server);
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
      await jobsRestored(server);
      const file = `${disk.folder}/jobs\\.db`;
      disk.fill();
      await jobsDegraded(server, new RegExp(`${file}: (database or|the) disk is full|${file}: disk I/O error`));
      // Reads are answered as ever.
      expect((await get(`/v1/jobs/${id}`)).status).toBe(200);
      disk.empty();
      await jobsRestored(server);
      expect((await server.post('/v1/jobs', SHORT)).status).toBe(202);
    } finally {
      await server?.close();
      server = undefined;
      disk.remove();
    }
  });

  it('answers reads while another process holds the lock for writing, and tells when that lasts', async () => {
    server = await startServer({ env: { DATA_DIR: folder } });
    const id = ((await (await server.post('/v1/jobs', SHORT)).json()) as { id: string }).id;
    await waitFor(async () => ((await (await get(`/v1/jobs/${id}`)).json()) as Job).status === 'succeeded');
    const lock = new DatabaseSync(join(folder, 'jobs.db'), { timeout: 10_000 });
    lock.exec('BEGIN IMMEDIATE');
    let written = false;
    const write = server.post('/v1/jobs', SHORT).then(() => (written = true));
    for (let i = 0; i < 20; i++) expect((await get(`/v1/jobs/${id}`)).status).toBe(200);
    expect((await get('/v1/jobs')).status).toBe(200);
    expect(written).toBe(false);
    await jobsDegraded(server, /jobs\.db: database is locked/);
    await write;
    lock.exec('ROLLBACK');
    lock.close();
    await jobsRestored(server);
  });
});
