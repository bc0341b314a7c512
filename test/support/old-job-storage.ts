import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { Job } from '@frontier/durable';
import { aJob } from './stored-job.ts';

/** Documents of jobs as the version before wrote them. */
export function oldJobs(): (Job & { entry: string })[] {
  const deliveries = [{ status: 'pending' as const, attempts: [] }];
  return [
    { ...aJob('queued', { createdAt: 2000 }), entry: 'queued' },
    { ...aJob('running', { status: 'running', isCancelling: true, createdAt: 3000 }), entry: 'running:4' },
    { ...aJob('done', { status: 'succeeded', finishedAt: Date.now(), deliveries }), entry: 'done' },
  ];
}

/** A database as the version before wrote it: its statements, word by word. */
export function oldDatabase(folder: string): void {
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
export async function bullmq(): Promise<{ Queue: new (name: string, options: object) => BullQueue }> {
  const { createRequire } = await import('node:module');
  const require = createRequire(new URL('../../libs/durable/package.json', import.meta.url));
  return require('bullmq') as { Queue: new (name: string, options: object) => BullQueue };
}

interface BullQueue {
  add(name: string, data: object, options: object): Promise<unknown>;
  close(): Promise<void>;
}
