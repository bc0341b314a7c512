import type { Redis } from 'ioredis';
import type { ReceivedMessage } from '@frontier/webhooks';
import { isFinal, type Job, type JobEvent } from '../job.js';
import type { JobFilter } from '../job-queue.js';

const PREFIX = 'frontier:jobs:';
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
};

/** KEYS: job, events, owner, open. ARGV: document, event, id, created at. */
const INSERT = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'version', 0, 'document', ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[3])
redis.call('SADD', KEYS[4], ARGV[3])
return 1`;

/** KEYS: job, events, open, failed, finished. ARGV: version, document, event or '', id, created at, finished at or '', failed or ''. */
const UPDATE = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'document', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'version', 1)
if ARGV[3] ~= '' then redis.call('RPUSH', KEYS[2], ARGV[3]) end
if ARGV[6] == '' then
  redis.call('SADD', KEYS[3], ARGV[4])
  redis.call('ZREM', KEYS[5], ARGV[4])
else
  redis.call('SREM', KEYS[3], ARGV[4])
  redis.call('ZADD', KEYS[5], ARGV[6], ARGV[4])
end
if ARGV[7] == '' then redis.call('ZREM', KEYS[4], ARGV[4]) else redis.call('ZADD', KEYS[4], ARGV[5], ARGV[4]) end
return 1`;

/** KEYS: job, events, owner, open. ARGV: document, id. */
const REMOVE_NEW = `
if redis.call('HGET', KEYS[1], 'document') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('SREM', KEYS[4], ARGV[2])
return 1`;

/** How many of a list are read at once. */
const PAGE = 100;

/** Jobs, their events and received messages as Redis keeps them. */
export class JobDocuments {
  constructor(private readonly redis: Redis) {}

  async insert(job: Job): Promise<boolean> {
    const { id, owner, createdAt, status } = job;
    const keys = [keyOf.job(id), keyOf.events(id), keyOf.owner(owner), keyOf.open];
    const event = JSON.stringify({ at: createdAt, status, attempts: 0 });
    return (await this.redis.eval(INSERT, keys.length, ...keys, JSON.stringify(job), event, id, createdAt)) === 1;
  }

  async get(id: string): Promise<Job | undefined> {
    const [version, document] = await this.redis.hmget(keyOf.job(id), 'version', 'document');
    return document ? { ...(JSON.parse(document) as Job), version: Number(version) } : undefined;
  }

  async update(job: Job, event?: Omit<JobEvent, 'id'>): Promise<boolean> {
    const { id, version, createdAt, finishedAt, status } = job;
    const keys = [keyOf.job(id), keyOf.events(id), keyOf.open, keyOf.failed, keyOf.finished];
    const values = [String(version), JSON.stringify(job), event ? JSON.stringify(event) : '', id, createdAt];
    const ended = [isFinal(status) ? (finishedAt ?? Date.now()) : '', status === 'failed' ? '1' : ''];
    return (await this.redis.eval(UPDATE, keys.length, ...keys, ...values, ...ended)) === 1;
  }

  async events(id: string, after: number): Promise<JobEvent[]> {
    const texts = await this.redis.lrange(keyOf.events(id), after, -1);
    return texts.map((text, i) => ({ ...(JSON.parse(text) as JobEvent), id: after + i + 1 }));
  }

  async list({ owner, status, limit, after }: JobFilter): Promise<Job[]> {
    if (owner === undefined && status !== 'failed') throw new Error('Bug: only failed jobs are listed for all owners.');
    const key = owner === undefined ? keyOf.failed : keyOf.owner(owner);
    const found: Job[] = [];
    for (let offset = 0; found.length < limit; offset += PAGE) {
      const ids = await this.redis.zrevrangebyscore(key, after?.createdAt ?? '+inf', '-inf', 'LIMIT', offset, PAGE);
      if (ids.length === 0) break;
      const jobs = await Promise.all(ids.map((id) => this.get(id)));
      for (const [i, job] of jobs.entries()) {
        if (!job) await this.redis.zrem(key, ids[i]);
        else if (isAfter(job, after) && (status === undefined || job.status === status)) found.push(job);
      }
    }
    return found.slice(0, limit);
  }

  /** Ids of all jobs that have not ended. */
  open(): Promise<string[]> {
    return this.redis.smembers(keyOf.open);
  }

  /** Removes a job that nobody has touched since it was inserted. */
  async removeNew(job: Job): Promise<void> {
    const { id, owner } = job;
    const keys = [keyOf.job(id), keyOf.events(id), keyOf.owner(owner), keyOf.open];
    await this.redis.eval(REMOVE_NEW, keys.length, ...keys, JSON.stringify(job), id);
  }

  async remove({ id, owner }: Pick<Job, 'id' | 'owner'>): Promise<void> {
    await this.redis
      .multi()
      .del(keyOf.job(id), keyOf.events(id))
      .zrem(keyOf.owner(owner), id)
      .zrem(keyOf.finished, id)
      .zrem(keyOf.failed, id)
      .srem(keyOf.open, id)
      .exec();
  }

  async purge(before: number): Promise<number> {
    const old = await this.redis.zrangebyscore(keyOf.finished, '-inf', `(${before}`);
    for (const id of old) {
      const job = await this.get(id);
      await this.remove({ id, owner: job?.owner ?? '' });
    }
    const messages = await this.redis.zrangebyscore(keyOf.messages, '-inf', `(${before}`);
    for (const id of messages) await this.redis.multi().del(keyOf.message(id)).zrem(keyOf.messages, id).exec();
    return old.length;
  }

  async findMessage(id: string): Promise<ReceivedMessage | undefined> {
    const text = await this.redis.get(keyOf.message(id));
    return text === null ? undefined : (JSON.parse(text) as ReceivedMessage);
  }

  async keepMessage(message: ReceivedMessage): Promise<boolean> {
    const { id, receivedAt } = message;
    const kept = await this.redis.set(keyOf.message(id), JSON.stringify(message), 'NX');
    if (kept !== null) await this.redis.zadd(keyOf.messages, receivedAt, id);
    return kept !== null;
  }
}

/** Whether a job comes after another in a list: the newest first, of those of one moment the largest id. */
function isAfter(job: Job, other: Pick<Job, 'id' | 'createdAt'> | undefined): boolean {
  if (!other || job.createdAt < other.createdAt) return true;
  return job.createdAt === other.createdAt && job.id < other.id;
}
