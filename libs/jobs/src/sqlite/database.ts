import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync, type SQLInputValue } from 'node:sqlite';
import type { ReceivedMessage } from '@frontier/webhooks';
import type { Job, JobEvent } from '../job.js';
import type { Operations } from './protocol.js';

/** The version of the tables. One that is newer is refused. */
const SCHEMA_VERSION = 1;

/** How long a lock of another process is waited for. */
const BUSY_TIMEOUT_MS = 2000;

const TABLES = `
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
`;

/** An open database. */
export interface Database {
  operations: Operations;
  /** Runs a function of operations, all of which are durable when it returns, or none. */
  transaction(work: () => void): void;
  close(): void;
}

/**
 * Opens or creates the database. Every commit is on the disk when it returns (write-ahead log, full synchronisation).
 * @throws an `Error` whose message names the file and what is wrong with it
 */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true });
  const db = new DatabaseSync(path);
  db.exec(
    `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;`,
  );
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > SCHEMA_VERSION) {
    db.close();
    throw new Error(
      `${path} was written by a newer version of this server (its tables are version ${version}, known are ${SCHEMA_VERSION}). Run that version, or name another DATA_DIR.`,
    );
  }
  const transaction = (work: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
  if (version === 0) {
    transaction(() => {
      // Another process may have been faster.
      const now = db.prepare('PRAGMA user_version').get() as { user_version: number };
      if (now.user_version === 0) db.exec(`${TABLES} PRAGMA user_version = ${SCHEMA_VERSION};`);
    });
  }
  return { operations: operationsOn(db), transaction, close: () => db.close() };
}

function operationsOn(db: DatabaseSync): Operations {
  const sql = (text: string): StatementSync => db.prepare(text);
  const insertJob = sql(
    'INSERT INTO jobs (id, owner, status, created_at, version, document) VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING',
  );
  const insertEvent = sql(
    'INSERT INTO events (job_id, id, document) SELECT ?, coalesce(max(id), 0) + 1, ? FROM events WHERE job_id = ?',
  );
  const insertEntry = sql(
    'INSERT INTO entries (lane, entry, priority, run_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const getJob = sql('SELECT document, version FROM jobs WHERE id = ?');
  const updateJob = sql(
    'UPDATE jobs SET status = ?, finished_at = ?, version = version + 1, document = ? WHERE id = ? AND version = ?',
  );
  const getEvents = sql('SELECT id, document FROM events WHERE job_id = ? AND id > ? ORDER BY id');
  const purgeJobs = sql('DELETE FROM jobs WHERE finished_at < ?');
  const purgeMessages = sql('DELETE FROM messages WHERE received_at < ?');
  const getMessage = sql('SELECT document FROM messages WHERE id = ?');
  const insertMessage = sql('INSERT INTO messages (id, received_at, document) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const claim = sql(`
    UPDATE entries SET runner = ?, lease_until = ? WHERE rowid IN (
      SELECT rowid FROM entries WHERE lane = ? AND run_at <= ? AND (lease_until IS NULL OR lease_until < ?)
      ORDER BY priority, run_at LIMIT ?
    ) RETURNING entry
  `);
  const nextAt = sql('SELECT min(coalesce(lease_until + 1, run_at)) AS at FROM entries WHERE lane = ?');
  const extend = sql('UPDATE entries SET lease_until = ? WHERE lane = ? AND entry = ? AND runner = ?');
  const remove = sql('DELETE FROM entries WHERE lane = ? AND entry = ? AND runner = ?');
  const postpone = sql(
    'UPDATE entries SET runner = NULL, lease_until = NULL, run_at = ? WHERE lane = ? AND entry = ? AND runner = ?',
  );
  const release = sql('UPDATE entries SET runner = NULL, lease_until = NULL WHERE runner = ?');
  const runners = sql('SELECT DISTINCT runner FROM entries WHERE runner IS NOT NULL');
  const restore = sql(`
    INSERT INTO entries (lane, entry, priority, run_at)
    SELECT 'jobs', json_extract(document, '$.entry'), 1, 0 FROM jobs WHERE status IN ('queued', 'running')
    ON CONFLICT DO NOTHING
  `);
  const waiting = sql('SELECT count(*) AS count FROM entries WHERE lane = ? AND runner IS NULL');

  return {
    accept: (job, runAt, priority) => {
      const { id, owner, status, createdAt } = job;
      if (insertJob.run(id, owner, status, createdAt, JSON.stringify(job)).changes === 0) return false;
      insertEvent.run(id, JSON.stringify({ at: createdAt, status, attempts: 0 }), id);
      insertEntry.run('jobs', job.entry, priority, runAt);
      return true;
    },
    get: (id) => jobOf(getJob.get(id)),
    list: ({ owner, status, limit, after }) => {
      const conditions: [string, ...SQLInputValue[]][] = [];
      if (owner !== undefined) conditions.push(['owner = ?', owner]);
      if (status !== undefined) conditions.push(['status = ?', status]);
      if (after) conditions.push(['(created_at, id) < (?, ?)', after.createdAt, after.id]);
      const where = conditions.length > 0 ? `WHERE ${conditions.map(([text]) => text).join(' AND ')}` : '';
      const statement = sql(`SELECT document, version FROM jobs ${where} ORDER BY created_at DESC, id DESC LIMIT ?`);
      return statement.all(...conditions.flatMap(([, ...values]) => values), limit).map((row) => jobOf(row)!);
    },
    update: (job, event) => {
      const { id, status, finishedAt, version } = job;
      if (updateJob.run(status, finishedAt ?? null, JSON.stringify(job), id, version).changes === 0) return false;
      if (event) insertEvent.run(id, JSON.stringify(event), id);
      return true;
    },
    events: (id, after) =>
      getEvents
        .all(id, after)
        .map((row) => ({ ...(JSON.parse(row.document as string) as JobEvent), id: row.id as number })),
    purge: (before) => {
      purgeMessages.run(before);
      return Number(purgeJobs.run(before).changes);
    },
    findMessage: (id) => {
      const row = getMessage.get(id);
      return row && (JSON.parse(row.document as string) as ReceivedMessage);
    },
    keepMessage: (message) => insertMessage.run(message.id, message.receivedAt, JSON.stringify(message)).changes > 0,
    enqueue: (lane, entry, runAt, priority) => void insertEntry.run(lane, entry, priority, runAt),
    claim: (lane, runner, now, leaseMs, limit) =>
      claim.all(runner, now + leaseMs, lane, now, now, limit).map((row) => row.entry as string),
    nextAt: (lane) => (nextAt.get(lane)?.at as number | null) ?? undefined,
    extend: (lane, runner, entries, until) =>
      entries.filter((entry) => extend.run(until, lane, entry, runner).changes > 0),
    remove: (lane, runner, entry) => void remove.run(lane, entry, runner),
    postpone: (lane, runner, entry, runAt) => void postpone.run(runAt, lane, entry, runner),
    release: (gone) => gone.reduce((count, runner) => count + Number(release.run(runner).changes), 0),
    restore: () => Number(restore.run().changes),
    runners: () => runners.all().map((row) => row.runner as string),
    waiting: (lane) => waiting.get(lane)!.count as number,
  };
}

function jobOf(row: Record<string, unknown> | undefined): Job | undefined {
  return row && { ...(JSON.parse(row.document as string) as Job), version: row.version as number };
}
