import { setTimeout as sleep } from 'node:timers/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { ReceivedMessage } from '@frontier/webhooks';
import type { Job, JobEvent } from '../job.js';
import {
  type EntryOptions,
  type JobFilter,
  type JobList,
  type JobQueue,
  type JobState,
  type Lane,
  type LaneHandler,
  MAX_MESSAGE_BYTES,
  type OwnerLimits,
  type Purged,
} from '../job-queue.js';
import { jobsStorageRefused, tooManyJobs } from '../jobs.errors.js';
import { DatabaseClient } from './database-client.js';
import { LaneWorker } from './lane-worker.js';
import type { Notice } from './protocol.js';

/** Names this process among those that may share the file. */
const RUNNER = `${hostname()} ${process.pid} ${Math.round(performance.timeOrigin)}`;

const OPENING = 'it is being opened';
/** Patience of a start with the database; a large one of an older version may take longer to open. */
const OPEN_PATIENCE_MS = 5000;
const RECOVER_AGAIN_MS = 1000;

/** Keeps jobs in a SQLite file, which the processes of one machine may share. */
export class SqliteJobQueue implements JobQueue {
  private readonly logger = new Logger('Jobs');
  private readonly lanes = new Map<Lane, LaneWorker>();
  private readonly path: string;
  private readonly client: DatabaseClient;
  /** Settles when it is known whether the database can be used. */
  private readonly tried = Promise.withResolvers<void>();
  private fault: string | undefined = OPENING;
  private recovering: NodeJS.Timeout | undefined;
  private isRecovered = false;
  private isClosing = false;

  constructor(folder: string) {
    this.path = join(folder, 'jobs.db');
    this.client = new DatabaseClient(this.path, (notice) => this.hear(notice));
  }

  async open(): Promise<void> {
    const late = new AbortController();
    try {
      await Promise.race([this.tried.promise, sleep(OPEN_PATIENCE_MS, undefined, { signal: late.signal })]);
    } catch (error) {
      await this.client.close();
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

  async accept(job: Job, limits?: OwnerLimits): Promise<boolean> {
    const result = await this.client.call('accept', job, limits);
    if (result === 'open' || result === 'bytes') throw tooManyJobs(result, limits!);
    this.lanes.get('jobs')?.wake();
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

  update(job: Job, event?: Omit<JobEvent, 'id'>): Promise<boolean> {
    return this.client.call('update', job, event);
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

  async enqueue(lane: Lane, entry: string, { owner, delayMs = 0, priority = 1 }: EntryOptions): Promise<void> {
    await this.client.call('enqueue', lane, entry, delayMs, priority, owner);
    this.lanes.get(lane)?.wake();
  }

  work(lane: Lane, concurrency: number, handler: LaneHandler): void {
    const call: LaneWorker['call'] = (name, ...args) => this.client.call(name, ...args);
    this.lanes.set(lane, new LaneWorker({ lane, runner: RUNNER, capacity: concurrency, handler, call }));
  }

  waiting(lane: Lane): Promise<number> {
    return this.client.call('waiting', lane);
  }

  async close(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.recovering);
    await Promise.all([...this.lanes.values()].map((lane) => lane.close()));
    await this.client.close();
  }

  private hear(notice: Notice): void {
    if (notice.kind === 'set-aside') {
      this.logger.error(`${this.path}: set aside: ${notice.what}. Its row is kept until it is forgotten.`);
      return;
    }
    if (notice.kind === 'opened') {
      this.fault = undefined;
      this.isRecovered = false;
      void this.recover();
      return;
    }
    const { fault, isRefused } = notice;
    const isNews = this.fault === undefined || this.fault === OPENING;
    this.fault = fault;
    if (fault === undefined) {
      this.logger.log(`${this.path}: writes are taken again.`);
      if (!this.isRecovered) void this.recover();
      return;
    }
    if (isNews) this.logger.error(`${fault.replace(/\.$/, '')}. Jobs are refused until it can be written.`);
    if (isRefused) this.tried.reject(jobsStorageRefused(fault));
    this.tried.resolve();
  }

  /** Takes up what a process that is gone had begun, whenever the database was opened. */
  private async recover(): Promise<void> {
    clearTimeout(this.recovering);
    try {
      const runners = await this.client.call('runners');
      await this.client.call('release', runners.filter(isGone));
      await this.client.call('restore');
      this.isRecovered = true;
    } catch {
      // Where that is a fault of the storage, it is done again when it has passed.
      if (this.fault === undefined && !this.isClosing) {
        this.recovering = setTimeout(() => void this.recover(), RECOVER_AGAIN_MS);
      }
    }
    this.tried.resolve();
    for (const lane of this.lanes.values()) lane.wake();
  }
}

/** Whether a runner was a process of this machine that does not run any more; its id may be ours by now. */
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
