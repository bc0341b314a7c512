import type { Redis } from 'ioredis';
import { messageOf } from '@frontier/errors';
import { readJob, summaryOf, writeJob } from '../documents/job-document.js';
import { JobPage } from '../documents/job-page.js';
import type { Attachment, AttachmentKind } from '../ports/attachment.js';
import { MAX_MESSAGE_BYTES, type ReceivedMessage } from '../ports/inbox.js';
import { isFinal, type Job, type JobEvent, type JobStatus } from '../ports/job.js';
import type { JobFilter, JobList, JobState, OwnerLimits, Purged } from '../ports/job-store.js';
import { type EncodedTask, encodeTask } from '../ports/task.js';
import { INSERT, KEEP_MESSAGE, PREFIX, REMOVE, REMOVE_NEW, SET_ASIDE, UPDATE } from './job-scripts.js';

const keyOf = {
  job: (id: string) => `${PREFIX}job:${id}`,
  events: (id: string) => `${PREFIX}events:${id}`,
  owner: (owner: string) => `${PREFIX}of:${owner}`,
  message: (id: string) => `${PREFIX}message:${id}`,
  /** Ids of jobs that have not ended; those that failed, by when they came; those that ended, by when. */
  open: `${PREFIX}open`,
  failed: `${PREFIX}failed`,
  finished: `${PREFIX}finished`,
  messages: `${PREFIX}messages`,
  messageBytes: `${PREFIX}message-bytes`,
};

/** Ids of a list that are read at once, and for one page. */
const PAGE = 100;
const MAX_SCANNED = 1000;
/** Documents that are read at once. */
const DOCUMENTS = 8;
/** Jobs and messages that one step of a purge forgets. */
const PURGE_STEP = 100;

/** The fields of an open job that make its task. */
export type OpenJob = Pick<Job, 'owner' | 'priority' | 'status'> & { entry: EncodedTask };

/** Jobs, their events and received messages as Redis keeps them. */
export class JobDocuments {
  constructor(
    private readonly redis: Redis,
    private readonly onSetAside: (what: string) => void,
  ) {}

  /** `open`, `bytes`: the owner's limit that is reached. */
  async insert(
    job: Job,
    limits: OwnerLimits | undefined,
    input: Attachment,
  ): Promise<'accepted' | 'known' | keyof OwnerLimits> {
    const { id, owner, createdAt, status, priority } = job;
    const event = JSON.stringify({ at: createdAt, status, attempts: 0 });
    const values = [writeJob(job), event, id, createdAt, owner, entryOf(job), priority, status];
    const bounds = [limits?.open ?? '', limits?.bytes ?? ''];
    return (await this.redis.eval(INSERT, 0, ...values, ...bounds, ...input.map(asBuffer))) as 'accepted';
  }

  async get(id: string): Promise<Job | undefined> {
    const [version, document, status] = await this.redis.hmget(keyOf.job(id), 'version', 'document', 'status');
    if (document === null || status === 'damaged') return undefined;
    try {
      return { ...readJob(document, id), version: Number(version) };
    } catch (error) {
      this.onSetAside(`the job ${id}, which cannot be read (${messageOf(error)})`);
      await this.redis.eval(SET_ASIDE, 0, id, Date.now()).catch(() => {});
      return undefined;
    }
  }

  async states(ids: readonly string[]): Promise<(JobState | undefined)[]> {
    const found = await this.fields(ids, 'owner', 'status', 'version', 'cancelling');
    return Promise.all(
      found.map(async ([owner, status, version, cancelling], i) => {
        if (version === null || status === 'damaged') return undefined;
        if (status !== null) {
          return {
            owner: owner!,
            status: status as JobStatus,
            version: Number(version),
            isCancelling: cancelling === '1',
          };
        }
        // An older version of this server kept it.
        const job = await this.get(ids[i]);
        return job && { ...job, isCancelling: job.isCancelling === true };
      }),
    );
  }

  /** `bytes`: its owner has no room for the attachment. */
  async update(
    job: Job,
    event: Omit<JobEvent, 'id'> | undefined,
    output: Attachment,
    limits: OwnerLimits | undefined,
  ): Promise<'updated' | 'stale' | 'bytes'> {
    const { id, version, createdAt, finishedAt, status, priority, owner, isCancelling } = job;
    const texts = [String(version), writeJob(job), event ? JSON.stringify(event) : ''];
    const ended = isFinal(status) ? (finishedAt ?? Date.now()) : '';
    const fields = [owner, entryOf(job), priority, status, isCancelling ? '1' : '0'];
    const attached = [limits?.bytes ?? '', ...output.map(asBuffer)];
    return (await this.redis.eval(UPDATE, 0, ...texts, id, createdAt, ended, ...fields, ...attached)) as 'updated';
  }

  async part(id: string, kind: AttachmentKind, index: number): Promise<Uint8Array | undefined> {
    return (await this.redis.hgetBuffer(keyOf.job(id), `${kind}:${index}`)) ?? undefined;
  }

  async events(id: string, after: number): Promise<JobEvent[]> {
    const texts = await this.redis.lrange(keyOf.events(id), after, -1);
    return texts.flatMap((text, i) => {
      try {
        return [{ ...(JSON.parse(text) as JobEvent), id: after + i + 1 }];
      } catch {
        return [];
      }
    });
  }

  async list({ owner, status, limit, maxBytes, after }: JobFilter): Promise<JobList> {
    if (owner === undefined && status !== 'failed') throw new Error('Bug: only failed jobs are listed for all owners.');
    const key = owner === undefined ? keyOf.failed : keyOf.owner(owner);
    const page = new JobPage(limit, maxBytes);
    for (let offset = 0; ; offset += PAGE) {
      const found = await this.redis.zrevrangebyscore(
        ...([key, after?.createdAt ?? '+inf', '-inf', 'WITHSCORES', 'LIMIT', offset, PAGE] as const),
      );
      const places = Array.from({ length: found.length / 2 }, (_, i) => ({
        id: found[2 * i],
        createdAt: Number(found[2 * i + 1]),
      })).filter((place) => isAfter(place, after));
      if (!(await this.addTo(page, key, places, status))) return page.list();
      if (found.length < 2 * PAGE) return page.list();
      // An owner with thousands of jobs of other statuses reads on from there.
      if (offset + PAGE >= MAX_SCANNED) return { ...page.list(), next: places.at(-1) ?? after };
    }
  }

  /** Jobs that have not ended, some at a time. */
  async open(cursor: string): Promise<{ next: string; jobs: (OpenJob | undefined)[] }> {
    const [next, ids] = await this.redis.sscan(keyOf.open, cursor, 'COUNT', PAGE);
    const found = await this.fields(ids, 'entry', 'owner', 'priority', 'status');
    const jobs = found.map(async ([entry, owner, priority, status], i) => {
      if (entry !== null) return { entry, owner, priority, status } as OpenJob;
      const job = await this.get(ids[i]);
      return job && { ...job, entry: entryOf(job) };
    });
    return { next, jobs: await Promise.all(jobs) };
  }

  /** Removes a job that was not changed since it was inserted. */
  async removeNew(job: Job): Promise<void> {
    await this.redis.eval(REMOVE_NEW, 0, job.id, job.owner, writeJob(job));
  }

  async purge(before: number): Promise<Purged> {
    const old = await this.redis.zrangebyscore(keyOf.finished, '-inf', `(${before}`, 'LIMIT', 0, PURGE_STEP);
    for (const id of old) {
      // Before its fields held the owner, only the document did.
      const owner = (await this.redis.hget(keyOf.job(id), 'owner')) ?? (await this.get(id))?.owner ?? '';
      await this.redis.eval(REMOVE, 0, id, owner);
    }
    const messages = await this.redis.zrangebyscore(keyOf.messages, '-inf', `(${before}`, 'LIMIT', 0, PURGE_STEP);
    for (const id of messages) await this.removeMessage(id);
    return { jobs: old.length, isDone: old.length < PURGE_STEP && messages.length < PURGE_STEP };
  }

  async findMessage(id: string): Promise<ReceivedMessage | undefined> {
    const text = await this.redis.get(keyOf.message(id));
    if (text === null) return undefined;
    try {
      return JSON.parse(text) as ReceivedMessage;
    } catch {
      this.onSetAside(`the message ${id}, which cannot be read`);
      await this.removeMessage(id);
      return undefined;
    }
  }

  async keepMessage(message: ReceivedMessage): Promise<boolean> {
    const { id, receivedAt } = message;
    const keys = [keyOf.message(id), keyOf.messages, keyOf.messageBytes];
    const values = [JSON.stringify(message), id, receivedAt, MAX_MESSAGE_BYTES, keyOf.message('')];
    return (await this.redis.eval(KEEP_MESSAGE, keys.length, ...keys, ...values)) === 1;
  }

  private async removeMessage(id: string): Promise<void> {
    const length = await this.redis.strlen(keyOf.message(id));
    await this.redis.multi().del(keyOf.message(id)).zrem(keyOf.messages, id).decrby(keyOf.messageBytes, length).exec();
  }

  /** Returns `false` once the page is full. */
  private async addTo(
    page: JobPage,
    key: string,
    places: readonly { id: string }[],
    status: JobStatus | undefined,
  ): Promise<boolean> {
    const ids = places.map(({ id }) => id);
    const known = await this.fields(ids, 'status', 'version');
    const gone = ids.filter((_, i) => known[i][1] === null);
    if (gone.length > 0) await this.redis.zrem(key, ...gone);
    const wanted = ids.filter((_, i) => {
      const [has, version] = known[i];
      return version !== null && (has === null || status === undefined || has === status);
    });
    for (let from = 0; from < wanted.length; from += DOCUMENTS) {
      const jobs = await Promise.all(wanted.slice(from, from + DOCUMENTS).map((id) => this.get(id)));
      for (const job of jobs) {
        if (job && (status === undefined || job.status === status) && !page.add(summaryOf(job))) return false;
      }
    }
    return true;
  }

  /** Fields of jobs, in one round trip. */
  private async fields(ids: readonly string[], ...names: string[]): Promise<(string | null)[][]> {
    if (ids.length === 0) return [];
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.hmget(keyOf.job(id), ...names);
    const results = await pipeline.exec();
    return results!.map(([error, values]) => {
      if (error) throw error;
      return values as (string | null)[];
    });
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The task of a job, as the field `entry` has it. */
function entryOf({ id, run }: Job): EncodedTask {
  return encodeTask({ jobId: id, run });
}

/** Tells whether a job comes after another in a list: the newest first, of those of one moment the largest id. */
function isAfter(job: Pick<Job, 'id' | 'createdAt'>, other: Pick<Job, 'id' | 'createdAt'> | undefined): boolean {
  if (!other || job.createdAt < other.createdAt) return true;
  return job.createdAt === other.createdAt && job.id < other.id;
}
