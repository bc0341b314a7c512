import { setTimeout as sleep } from 'node:timers/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Attachment, AttachmentKind } from '../ports/attachment.js';
import type { DurableStorage } from '../ports/durable-storage.js';
import { MAX_MESSAGE_BYTES, type ReceivedMessage } from '../ports/inbox.js';
import { type Job, JOB_PRIORITIES, type JobEvent } from '../ports/job.js';
import type { JobFilter, JobList, JobState, OwnerLimits, Purged } from '../ports/job-store.js';
import { jobsStorageRefused, tooManyJobs } from '../ports/storage.errors.js';
import type { TaskHandler, TaskOptions } from '../ports/task-queue.js';
import { decodeTask, encodeTask, type QueueName, type Tasks } from '../ports/task.js';
import { DatabaseClient } from './database-client.js';
import type { Notice } from './protocol.js';
import { QueueWorker } from './queue-worker.js';

/** Name of this process among those that may share the file. */
const RUNNER = `${hostname()} ${process.pid} ${Math.round(performance.timeOrigin)}`;

const OPENING = 'it is being opened';
/** Patience of a start with the database; a large one of an older version may take longer to open. */
const OPEN_PATIENCE_MS = 5000;
const RECOVER_AGAIN_MS = 1000;
const NORMAL = JOB_PRIORITIES.indexOf('normal');

/** Keeps jobs in a SQLite file, which the processes of one machine may share. */
export class SqliteStorage implements DurableStorage {
  private readonly logger = new Logger('Jobs');
  private readonly workers = new Map<QueueName, QueueWorker>();
  private readonly path: string;
  private readonly client: DatabaseClient;
  /** Settles once the database was opened, or cannot be. */
  private readonly tried = Promise.withResolvers<void>();
  private fault: string | undefined = OPENING;
  private recovering: NodeJS.Timeout | undefined;
  private isRecovered = false;
  private closing: Promise<void> | undefined;

  constructor(folder: string) {
    this.path = join(folder, 'jobs.db');
    this.client = new DatabaseClient(this.path, (notice) => this.onNotice(notice));
  }

  async open(): Promise<void> {
    const late = new AbortController();
    try {
      await Promise.race([this.tried.promise, sleep(OPEN_PATIENCE_MS, undefined, { signal: late.signal })]);
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      late.abort();
    }
  }

  get isAvailable(): boolean {
    return this.fault === undefined;
  }

  get unavailability(): string | undefined {
    return this.fault;
  }

  async accept(job: Job, limits?: OwnerLimits, input: Attachment = []): Promise<boolean> {
    const result = await this.client.call('accept', job, limits, input);
    if (result === 'open' || result === 'bytes') throw tooManyJobs(result, limits!);
    this.workers.get('jobs')?.wake();
    return result === 'accepted';
  }

  get(id: string): Promise<Job | undefined> {
    return this.client.call('get', id);
  }

  states(ids: readonly string[]): Promise<(JobState | undefined)[]> {
    return this.client.call('states', ids);
  }

  list(filter: JobFilter): Promise<JobList> {
    return this.client.call('list', filter);
  }

  async update(
    job: Job,
    event?: Omit<JobEvent, 'id'>,
    output: Attachment = [],
    limits?: OwnerLimits,
  ): Promise<boolean> {
    const result = await this.client.call('update', job, event, output, limits);
    if (result === 'bytes') throw tooManyJobs(result, limits!);
    return result === 'updated';
  }

  part(id: string, kind: AttachmentKind, index: number): Promise<Uint8Array | undefined> {
    return this.client.call('part', id, kind, index);
  }

  events(id: string, after: number): Promise<JobEvent[]> {
    return this.client.call('events', id, after);
  }

  purge(before: number): Promise<Purged> {
    return this.client.call('purge', before);
  }

  find(id: string): Promise<ReceivedMessage | undefined> {
    return this.client.call('findMessage', id);
  }

  keep(message: ReceivedMessage): Promise<boolean> {
    return this.client.call('keepMessage', message, MAX_MESSAGE_BYTES);
  }

  async enqueue<Q extends QueueName>(queue: Q, task: Tasks[Q], options: TaskOptions): Promise<void> {
    const { owner, delayMs = 0, priority = NORMAL } = options;
    await this.client.call('enqueue', queue, encodeTask(task), { owner, priority, delayMs });
    this.workers.get(queue)?.wake();
  }

  work<Q extends QueueName>(queue: Q, concurrency: number, handler: TaskHandler<Q>): void {
    const worker = new QueueWorker({
      queue,
      runner: RUNNER,
      capacity: concurrency,
      handler: (task, signal) => handler(decodeTask(queue, task), signal),
      call: (name, ...args) => this.client.call(name, ...args),
    });
    this.workers.set(queue, worker);
  }

  waiting(queue: QueueName): Promise<number> {
    return this.client.call('waiting', queue);
  }

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    clearTimeout(this.recovering);
    await Promise.all([...this.workers.values()].map((worker) => worker.close()));
    await this.client.close();
  }

  private onNotice(notice: Notice): void {
    if (notice.kind === 'set-aside') {
      this.logger.error(`${this.path}: set aside: ${notice.what}. Its row is kept until it is forgotten.`);
      return;
    }
    if (notice.kind === 'opened') {
      this.fault = undefined;
      this.isRecovered = false;
      void this.recoverOrphans();
      return;
    }
    const { fault, isRefused } = notice;
    const isNews = this.fault === undefined || this.fault === OPENING;
    this.fault = fault;
    if (fault === undefined) {
      this.logger.log(`${this.path}: writes are taken again.`);
      if (!this.isRecovered) void this.recoverOrphans();
      return;
    }
    if (isNews) this.logger.error(`${fault.replace(/\.$/, '')}. Jobs are refused until it can be written.`);
    if (isRefused) this.tried.reject(jobsStorageRefused(fault));
    this.tried.resolve();
  }

  /** Hands out again what a process that is gone had begun, whenever the database was opened. */
  private async recoverOrphans(): Promise<void> {
    clearTimeout(this.recovering);
    try {
      const runners = await this.client.call('runners');
      await this.client.call('release', runners.filter(isGone));
      await this.client.call('restore');
      this.isRecovered = true;
    } catch {
      // A fault of the storage: the next notice of an open database tries again.
      if (this.fault === undefined && !this.closing) {
        this.recovering = setTimeout(() => void this.recoverOrphans(), RECOVER_AGAIN_MS);
      }
    }
    this.tried.resolve();
    for (const worker of this.workers.values()) worker.wake();
  }
}

/** Tells whether a runner was a process of this machine that does not run any more; its id may be ours by now. */
function isGone(runner: string): boolean {
  const [host, pid] = runner.split(' ');
  if (runner === RUNNER || host !== hostname()) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
