import { Logger } from '@nestjs/common';
import { DelayedError, type Job as Entry, Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { messageOf } from '@frontier/errors';
import type { ReceivedMessage } from '@frontier/webhooks';
import { isFinal, type Job, JOB_PRIORITIES, type JobEvent } from '../job.js';
import { type JobFilter, type JobQueue, type Lane, type LaneHandler, LANES, type Outcome } from '../job-queue.js';
import { jobsStorageRefused, jobsUnavailable } from '../jobs.errors.js';
import { JobDocuments } from './job-documents.js';

/** A command that takes longer is given up. */
const COMMAND_TIMEOUT_MS = 2000;
/** For how long an entry is a process's that does not say that it lives, and how often such ones are looked for. */
const LOCK_MS = 3000;
const STALLED_EVERY_MS = 1000;
const PREFIX = 'frontier:bull';
const PROBE_KEY = 'frontier:jobs:probe';
const PROBE_EVERY_MS = 1000;
/** Refusals that any write would get. */
const REFUSES_WRITES = /^(READONLY|OOM|MISCONF|NOREPLICAS|MASTERDOWN)\b/;

const COMMANDS: RedisOptions = {
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  connectTimeout: COMMAND_TIMEOUT_MS,
  commandTimeout: COMMAND_TIMEOUT_MS,
};

/** Keeps jobs in a Redis that all processes share; BullMQ hands them out. */
export class BullJobQueue implements JobQueue {
  private readonly redis: Redis;
  private readonly documents: JobDocuments;
  private readonly lanes = new Map<Lane, Queue>();
  private readonly workers: Worker[] = [];
  private readonly connections: Redis[] = [];
  private readonly closing = new AbortController();
  private readonly active = new Map<string, AbortController>();
  private readonly logger = new Logger('Jobs');
  private isRefused: string | undefined;
  /** Why Redis refuses writes, in its own words, while it does. */
  private writeRefusal: string | undefined;
  private probing: NodeJS.Timeout | undefined;

  constructor(private readonly url: string) {
    this.redis = this.connect(COMMANDS);
    this.documents = new JobDocuments(this.redis);
  }

  /** Where Redis does not answer, the server starts all the same; what is asked of it is refused until it does. */
  async open(): Promise<void> {
    for (const lane of LANES) {
      const connection = this.connect(COMMANDS);
      const queue = new Queue(lane, { connection, prefix: PREFIX, skipWaitingForReady: true, skipVersionCheck: true });
      queue.on('error', () => {});
      this.lanes.set(lane, queue);
    }
    let isLost = false;
    this.redis.on('error', (error) => {
      if (!isLost) this.logger.error(`Not available: ${messageOf(error)}. Jobs are refused until it is.`);
      isLost = true;
    });
    this.redis.on('ready', () => {
      isLost = false;
      void this.takeUp().catch(() => {});
    });
    this.probing = setInterval(() => void this.probe(), PROBE_EVERY_MS).unref();
    if (!(await this.isReady())) return;
    await this.takeUp();
    if (this.isRefused) throw jobsStorageRefused(this.isRefused);
  }

  get isAvailable(): boolean {
    return this.redis.status === 'ready' && this.unavailability === undefined;
  }

  /** Why it is not available, where Redis itself is there. */
  get unavailability(): string | undefined {
    return this.isRefused ?? this.writeRefusal;
  }

  async accept(job: Job): Promise<boolean> {
    return this.attempt(async () => {
      try {
        const isNew = await this.documents.insert(job);
        // Also one that is known: its process may have ended before it could do this.
        if (isNew || (await this.documents.get(job.id))?.status === 'queued') await this.add('jobs', job.entry, 0, job);
        return isNew;
      } catch (error) {
        // What was not answered in time may be done all the same, and this after it.
        await this.documents.removeNew(job).catch(() => {});
        throw error;
      }
    });
  }

  get(id: string): Promise<Job | undefined> {
    return this.attempt(() => this.documents.get(id));
  }

  list(filter: JobFilter): Promise<Job[]> {
    return this.attempt(() => this.documents.list(filter));
  }

  update(job: Job, event?: Omit<JobEvent, 'id'>): Promise<boolean> {
    return this.attempt(() => this.documents.update(job, event));
  }

  events(id: string, after: number): Promise<JobEvent[]> {
    return this.attempt(() => this.documents.events(id, after));
  }

  purge(before: number): Promise<number> {
    return this.attempt(() => this.documents.purge(before));
  }

  find(id: string): Promise<ReceivedMessage | undefined> {
    return this.attempt(() => this.documents.findMessage(id));
  }

  keep(message: ReceivedMessage): Promise<boolean> {
    return this.attempt(() => this.documents.keepMessage(message));
  }

  async enqueue(
    lane: Lane,
    entry: string,
    { delayMs = 0, priority = 1 }: { delayMs?: number; priority?: number },
  ): Promise<void> {
    await this.attempt(() => this.add(lane, entry, delayMs, { priority: JOB_PRIORITIES[priority] }));
  }

  work(lane: Lane, concurrency: number, handler: LaneHandler): void {
    const worker = new Worker<{ entry: string }>(lane, (entry, token) => this.handle(entry, token, handler), {
      // A worker waits for Redis however long it takes.
      connection: this.connect({ maxRetriesPerRequest: null }),
      prefix: PREFIX,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_EVERY_MS,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      skipVersionCheck: true,
    });
    worker.on('error', () => {});
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.active.get(id)?.abort(new Error('The lock was lost.'));
    });
    this.workers.push(worker);
  }

  async waiting(lane: Lane): Promise<number> {
    const counts = await this.attempt(() => this.queue(lane).getJobCounts('waiting', 'prioritized', 'delayed'));
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    clearInterval(this.probing);
    this.closing.abort(new Error('The queue is closing.'));
    await Promise.all(this.workers.map((worker) => within(worker.close().catch(() => {}))));
    await Promise.all([...this.lanes.values()].map((queue) => within(queue.close().catch(() => {}))));
    for (const connection of this.connections) connection.disconnect();
  }

  private async handle(
    entry: Entry<{ entry: string }>,
    token: string | undefined,
    handler: LaneHandler,
  ): Promise<void> {
    const id = entry.id!;
    let again: Outcome['again'] = { delayMs: STALLED_EVERY_MS };
    // Else its lock was lost here, and what had it has not ended yet.
    if (!this.active.has(id)) {
      const lost = new AbortController();
      this.active.set(id, lost);
      const signal = AbortSignal.any([this.closing.signal, lost.signal]);
      ({ again } = await handler(entry.data.entry, signal).finally(() => this.active.delete(id)));
    }
    if (!again) return;
    await entry.moveToDelayed(Date.now() + again.delayMs, token);
    throw new DelayedError();
  }

  /** Puts on its lane what is not there though it should be, once Redis is there. */
  private async takeUp(): Promise<void> {
    const policy = /maxmemory_policy:(\S+)/.exec(await this.redis.info('memory'))?.[1];
    this.isRefused =
      policy === 'noeviction'
        ? undefined
        : `JOBS_REDIS_URL: this Redis evicts (maxmemory-policy ${policy}), and would lose jobs. Set it to noeviction.`;
    if (this.isRefused) return;
    for (const id of await this.documents.open()) {
      const job = await this.documents.get(id);
      if (job && !isFinal(job.status)) await this.add('jobs', job.entry, 0, job);
    }
  }

  /** Tries a write: a replica, or a Redis without memory or disk, answers reads as ever. */
  private async probe(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    try {
      await this.redis.set(PROBE_KEY, '', 'PX', PROBE_EVERY_MS);
    } catch (error) {
      const reason = messageOf(error);
      if (!REFUSES_WRITES.test(reason)) return;
      if (this.writeRefusal === undefined)
        this.logger.error(`Writes are refused: ${reason} Jobs are refused until they are not.`);
      this.writeRefusal = reason;
      return;
    }
    if (this.writeRefusal === undefined) return;
    this.writeRefusal = undefined;
    this.logger.log('Writes are taken again.');
    await this.takeUp().catch(() => {});
  }

  private async isReady(): Promise<boolean> {
    if (this.redis.status === 'ready') return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), COMMAND_TIMEOUT_MS);
      this.redis.once('ready', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** No-op where the entry is on the lane. */
  private async add(lane: Lane, entry: string, delayMs: number, { priority }: Pick<Job, 'priority'>): Promise<void> {
    await this.queue(lane).add(
      lane,
      { entry },
      {
        // Colons separate keys.
        jobId: entry.replaceAll(':', '-'),
        delay: Math.round(delayMs),
        priority: JOB_PRIORITIES.indexOf(priority) + 1,
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
  }

  private queue(lane: Lane): Queue {
    const queue = this.lanes.get(lane);
    if (!queue) throw new Error(`Bug: the lane ${lane} is not open.`);
    return queue;
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isAvailable) throw jobsUnavailable(new Error(this.unavailability ?? 'Redis is not connected.'));
    try {
      return await work();
    } catch (error) {
      throw jobsUnavailable(new Error(`Redis: ${messageOf(error)}`, { cause: error }));
    }
  }

  private connect(options: RedisOptions): Redis {
    const connection = new Redis(this.url, options);
    // What asks for it hears of it.
    connection.on('error', () => {});
    this.connections.push(connection);
    return connection;
  }
}

/** Redis may be away for good. */
async function within(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, COMMAND_TIMEOUT_MS)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
