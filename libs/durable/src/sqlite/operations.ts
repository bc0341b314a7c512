import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { messageOf } from '@frontier/errors';
import { readJob, summaryOf, writeJob } from '../documents/job-document.js';
import { JobPage } from '../documents/job-page.js';
import { type Attachment, type AttachmentKind, sizeOf } from '../ports/attachment.js';
import type { ReceivedMessage } from '../ports/inbox.js';
import type { Job, JobEvent } from '../ports/job.js';
import { encodeTask } from '../ports/task.js';
import { QueueClock } from '../tasks/queue-clock.js';
import type { Operations } from './protocol.js';
import { taskOperations } from './task-operations.js';

/** Jobs and messages that one step of a purge forgets, and bytes of attachments: a step takes milliseconds, and others come in between. */
const PURGE_STEP = 200;
const PURGE_BYTES = 2 ** 24;
/** The oldest messages that make room for a new one, at a time. */
const MESSAGES_STEP = 10;

/** Open jobs of an owner, and bytes of all. */
interface Holdings {
  open: number;
  bytes: number;
}

/** The operations on an open database. */
export function operationsOn(db: DatabaseSync, onSetAside: (what: string) => void): Operations {
  const sql = (text: string): StatementSync => db.prepare(text);
  const clock = new QueueClock();
  const { insertJobTask, keepClock, ...tasks } = taskOperations(db, clock);
  const insertJob = sql(
    'INSERT INTO jobs (id, owner, status, created_at, version, document, attached) VALUES (?, ?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING',
  );
  const holdings = sql('SELECT open, bytes FROM owners WHERE owner = ?');
  const insertEvent = sql(
    'INSERT INTO events (job_id, id, document) SELECT ?, coalesce(max(id), 0) + 1, ? FROM events WHERE job_id = ?',
  );
  const getJob = sql(`SELECT id, document, version FROM jobs WHERE id = ? AND status <> 'damaged'`);
  const getState = sql(`SELECT owner, status, version, cancelling FROM jobs WHERE id = ? AND status <> 'damaged'`);
  const updateJob = sql(
    'UPDATE jobs SET status = ?, finished_at = ?, cancelling = ?, version = version + 1, document = ?, attached = attached + ? WHERE id = ? AND version = ?',
  );
  const setAsideJob = sql(`UPDATE jobs SET status = 'damaged', finished_at = ? WHERE id = ?`);
  const getEvents = sql(
    'SELECT id, document FROM events WHERE job_id = ? AND id > ? AND json_valid(document) ORDER BY id',
  );
  const insertPart = sql('INSERT INTO attachments VALUES (?, ?, ?, ?)');
  const getPart = sql('SELECT bytes FROM attachments WHERE job_id = ? AND kind = ? AND part = ?');
  const oldJobs = sql(`SELECT id, attached FROM jobs WHERE finished_at < ? LIMIT ${PURGE_STEP}`);
  const removeJob = sql('DELETE FROM jobs WHERE id = ?');
  const purgeMessages = sql(
    `DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE received_at < ? LIMIT ${PURGE_STEP})`,
  );
  const forgetOldest = sql(
    `DELETE FROM messages WHERE id IN (SELECT id FROM messages ORDER BY received_at LIMIT ${MESSAGES_STEP})`,
  );
  const getMessage = sql('SELECT document FROM messages WHERE id = ?');
  const removeMessage = sql('DELETE FROM messages WHERE id = ?');
  const insertMessage = sql('INSERT INTO messages (id, received_at, document) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const total = sql('SELECT value FROM totals WHERE name = ?');
  const openJobs = sql(`
    SELECT id, iif(json_valid(document), json_extract(document, '$.entry'), NULL) AS entry, owner,
      iif(json_valid(document), json_extract(document, '$.priority'), NULL) AS priority
    FROM jobs WHERE status IN ('queued', 'running')
  `);
  const writeProbe = sql(
    'INSERT INTO probe VALUES (1, zeroblob(?)) ON CONFLICT DO UPDATE SET filling = excluded.filling',
  );

  const attach = (id: string, kind: AttachmentKind, parts: Attachment): void => {
    for (const [index, part] of parts.entries()) insertPart.run(id, kind, index, part);
  };
  const setAside = (id: string, reason: string): void => {
    onSetAside(`the job ${id}, which cannot be read (${reason})`);
    // A storage that cannot be written now: the next read tries again.
    attempt(() => setAsideJob.run(Date.now(), id));
  };
  const jobOf = (row: Record<string, unknown> | undefined): Job | undefined => {
    if (!row) return undefined;
    try {
      return { ...readJob(row.document as string, row.id as string), version: row.version as number };
    } catch (error) {
      setAside(row.id as string, messageOf(error));
      return undefined;
    }
  };

  return {
    ...tasks,
    accept: (job, limits, input) => {
      const { id, owner, status, createdAt } = job;
      const document = writeJob(job);
      const { bytes: attached } = sizeOf(input);
      const held = holdings.get(owner) as Holdings | undefined;
      if (limits && held && getState.get(id) === undefined) {
        if (held.open >= limits.open) return 'open';
        if (held.bytes + Buffer.byteLength(document) + attached > limits.bytes) return 'bytes';
      }
      if (insertJob.run(id, owner, status, createdAt, document, attached).changes === 0) return 'known';
      attach(id, 'input', input);
      insertEvent.run(id, JSON.stringify({ at: createdAt, status, attempts: 0 }), id);
      insertJobTask(encodeTask({ jobId: id, run: job.run }), job.priority, owner);
      return 'accepted';
    },
    get: (id) => jobOf(getJob.get(id)),
    states: (ids) =>
      ids.map((id) => {
        const row = getState.get(id);
        if (!row) return undefined;
        const { owner, status, version, cancelling } = row as Record<string, never>;
        return { owner, status, version, isCancelling: cancelling === 1 };
      }),
    list: ({ owner, status, limit, maxBytes, after }) => {
      const conditions: [string, ...SQLInputValue[]][] = [[`status <> 'damaged'`]];
      if (owner !== undefined) conditions.push(['owner = ?', owner]);
      if (status !== undefined) conditions.push(['status = ?', status]);
      if (after) conditions.push(['(created_at, id) < (?, ?)', after.createdAt, after.id]);
      const where = conditions.map(([text]) => text).join(' AND ');
      const statement = sql(
        `SELECT id, document, version FROM jobs WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT ?`,
      );
      const page = new JobPage(limit, maxBytes);
      // One more than the limit: there are more.
      for (const row of statement.iterate(...conditions.flatMap(([, ...values]) => values), limit + 1)) {
        const job = jobOf(row);
        if (job && !page.add(summaryOf(job))) break;
      }
      return page.list();
    },
    update: (job, event, output, limits) => {
      const { id, owner, status, finishedAt, isCancelling, version } = job;
      const { bytes: attached } = sizeOf(output);
      const held = attached > 0 ? (holdings.get(owner) as Holdings | undefined) : undefined;
      if (limits && held && held.bytes + attached > limits.bytes) return 'bytes';
      const changed = updateJob.run(
        status,
        finishedAt ?? null,
        isCancelling ? 1 : 0,
        writeJob(job),
        attached,
        id,
        version,
      ).changes;
      if (changed === 0) return 'stale';
      attach(id, 'output', output);
      if (event) insertEvent.run(id, JSON.stringify(event), id);
      return 'updated';
    },
    part: (id, kind, index) => getPart.get(id, kind, index)?.bytes as Uint8Array | undefined,
    events: (id, after) =>
      getEvents
        .all(id, after)
        .map((row) => ({ ...(JSON.parse(row.document as string) as JobEvent), id: row.id as number })),
    purge: (before) => {
      const messages = Number(purgeMessages.run(before).changes);
      const old = oldJobs.all(before) as { id: string; attached: number }[];
      let jobs = 0;
      for (let bytes = 0; jobs < old.length && bytes <= PURGE_BYTES; bytes += old[jobs++].attached) {
        removeJob.run(old[jobs].id);
      }
      return { jobs, isDone: messages < PURGE_STEP && jobs === old.length && jobs < PURGE_STEP };
    },
    findMessage: (id) => {
      const row = getMessage.get(id);
      try {
        return row && (JSON.parse(row.document as string) as ReceivedMessage);
      } catch {
        onSetAside(`the message ${id}, which cannot be read`);
        attempt(() => removeMessage.run(id));
        return undefined;
      }
    },
    keepMessage: (message, maxBytes) => {
      const isNew = insertMessage.run(message.id, message.receivedAt, JSON.stringify(message)).changes > 0;
      const isOver = (): boolean => (total.get('message_bytes')!.value as number) > maxBytes;
      if (isNew) while (isOver() && forgetOldest.run().changes > 0);
      return isNew;
    },
    restore: () => {
      let restored = 0;
      for (const { id, entry, owner, priority } of openJobs.all() as Record<string, string | null>[]) {
        if (typeof entry === 'string') restored += insertJobTask(entry, priority, owner!);
        else setAside(id!, 'its document is no job');
      }
      return restored;
    },
    probe: (bytes) => {
      if (bytes > 0) writeProbe.run(bytes);
      keepClock();
    },
  };
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // The storage cannot be written; its own probe notices.
  }
}
