import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { isAppError, messageOf } from '@frontier/errors';
import type { Attachment, AttachmentKind } from '../ports/attachment.js';
import type { DurableStorage } from '../ports/durable-storage.js';
import type { ReceivedMessage } from '../ports/inbox.js';
import { isFinal, type Job, JOB_PRIORITIES, type JobEvent } from '../ports/job.js';
import type { JobFilter, JobList, JobState, OwnerLimits, Purged } from '../ports/job-store.js';
import { jobsStorageRefused, jobsUnavailable, tooManyJobs } from '../ports/storage.errors.js';
import type { TaskHandler, TaskOptions } from '../ports/task-queue.js';
import { decodeTask, type EncodedTask, encodeTask, type QueueName, QUEUES, type Tasks } from '../ports/task.js';
import { QueueClock } from '../tasks/queue-clock.js';
import { JobDocuments, type OpenJob } from './job-documents.js';
import { LegacyTasks } from './legacy-tasks.js';
import { RedisConnections, withinCommandTimeout } from './redis-connections.js';
import { CLOCK_STEP_MS, PROBE_EVERY_MS, RedisHealth } from './redis-health.js';
import { type RunTask, TicketQueue } from './ticket-queue.js';

/** Interval of the check that each task has a ticket. */
const REPLACE_EVERY_MS = 30_000;
const NORMAL = JOB_PRIORITIES.indexOf('normal');

/** Keeps jobs in a Redis that all processes share; BullMQ hands out their tasks. */
export class RedisStorage implements DurableStorage {
  private readonly connections: RedisConnections;
  private readonly redis: Redis;
  private readonly health: RedisHealth;
  private readonly documents: JobDocuments;
  private readonly legacy: LegacyTasks;
  private readonly queues: Readonly<Record<QueueName, TicketQueue>>;
  private readonly clock = new QueueClock();
  private readonly logger = new Logger('Jobs');
  private readonly timers: NodeJS.Timeout[] = [];
  private recovering: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  constructor(url: string) {
    this.connections = new RedisConnections(url);
    this.redis = this.connections.forCommands();
    this.health = new RedisHealth(this.redis, this.connections.address);
    this.documents = new JobDocuments(this.redis, (what) => this.logger.error(`Redis: set aside: ${what}.`));
    this.legacy = new LegacyTasks(this.redis);
    const open = (queue: QueueName): TicketQueue =>
      new TicketQueue({ queue, clock: this.clock, redis: this.redis, connection: this.connections.forCommands() });
    this.queues = { jobs: open('jobs'), deliveries: open('deliveries') };
  }

  /** Without an answer of Redis the server starts all the same, and calls are refused until it comes. */
  async open(): Promise<void> {
    this.health.watch();
    this.redis.on('ready', () => void this.recoverOrphans());
    this.every(PROBE_EVERY_MS, () => this.probe());
    this.every(REPLACE_EVERY_MS, () => this.replaceTickets());
    if (!(await this.connections.areReady())) return;
    await this.recoverOrphans();
    if (this.health.refusal) throw jobsStorageRefused(this.health.refusal);
  }

  get isAvailable(): boolean {
    return this.health.isAvailable;
  }

  get unavailability(): string | undefined {
    return this.health.unavailability;
  }

  async accept(job: Job, limits?: OwnerLimits, input: Attachment = []): Promise<boolean> {
    return this.attempt(async () => {
      try {
        const result = await this.documents.insert(job, limits, input);
        if (result === 'open' || result === 'bytes') throw tooManyJobs(result, limits!);
        // Also a known one: its process may have ended before it could do this.
        if (result === 'accepted' || (await this.documents.get(job.id))?.status === 'queued') {
          await this.addJob({ ...job, entry: encodeTask({ jobId: job.id, run: job.run }) });
        }
        return result === 'accepted';
      } catch (error) {
        // A script that timed out may have run all the same, and this runs after it.
        if (!isAppError(error)) await this.documents.removeNew(job).catch(() => {});
        throw error;
      }
    });
  }

  get(id: string): Promise<Job | undefined> {
    return this.attempt(() => this.documents.get(id));
  }

  states(ids: readonly string[]): Promise<(JobState | undefined)[]> {
    return this.attempt(() => this.documents.states(ids));
  }

  list(filter: JobFilter): Promise<JobList> {
    return this.attempt(() => this.documents.list(filter));
  }

  update(job: Job, event?: Omit<JobEvent, 'id'>, output: Attachment = [], limits?: OwnerLimits): Promise<boolean> {
    return this.attempt(async () => {
      const result = await this.documents.update(job, event, output, limits);
      if (result === 'bytes') throw tooManyJobs(result, limits!);
      return result === 'updated';
    });
  }

  part(id: string, kind: AttachmentKind, index: number): Promise<Uint8Array | undefined> {
    return this.attempt(() => this.documents.part(id, kind, index));
  }

  events(id: string, after: number): Promise<JobEvent[]> {
    return this.attempt(() => this.documents.events(id, after));
  }

  purge(before: number): Promise<Purged> {
    return this.attempt(() => this.documents.purge(before));
  }

  find(id: string): Promise<ReceivedMessage | undefined> {
    return this.attempt(() => this.documents.findMessage(id));
  }

  keep(message: ReceivedMessage): Promise<boolean> {
    return this.attempt(() => this.documents.keepMessage(message));
  }

  async enqueue<Q extends QueueName>(queue: Q, task: Tasks[Q], options: TaskOptions): Promise<void> {
    const { owner, delayMs = 0, priority = NORMAL } = options;
    await this.attempt(() => this.add(queue, encodeTask(task), { owner, priority, delayMs }));
  }

  work<Q extends QueueName>(queue: Q, concurrency: number, handler: TaskHandler<Q>): void {
    const run: RunTask = (task, signal) => handler(decodeTask(queue, task), signal);
    this.queues[queue].work(concurrency, run, this.connections.forWorker());
    void this.workOnLegacy(queue, concurrency, run);
  }

  async waiting(queue: QueueName): Promise<number> {
    return this.attempt(() => this.queues[queue].waiting());
  }

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    const parts = [...Object.values(this.queues), this.legacy];
    await Promise.all(parts.map((part) => withinCommandTimeout(part.close())));
    this.connections.close();
  }

  private async workOnLegacy(queue: QueueName, concurrency: number, run: RunTask): Promise<void> {
    if (!(await this.legacy.exist(queue).catch(() => false))) return;
    this.legacy.work(queue, concurrency, run, this.connections.forWorker());
  }

  /** Adds the tasks that should be on their queue, once Redis is there. A failure is made good by the next probe. */
  private recoverOrphans(): Promise<void> {
    this.recovering ??= this.recoverOnce()
      .catch((error: unknown) => this.health.fail(error))
      .finally(() => (this.recovering = undefined));
    return this.recovering;
  }

  private async recoverOnce(): Promise<void> {
    await this.connections.areReady();
    await this.health.checkPolicy();
    if (this.health.refusal) return;
    const reached = await this.queues.jobs.clock();
    const isBehind = Date.now() < reached - CLOCK_STEP_MS;
    this.clock.advanceTo(reached);
    for (let cursor = ''; cursor !== '0';) {
      const { next, jobs } = await this.documents.open(cursor === '' ? '0' : cursor);
      for (const job of jobs) if (job && !isFinal(job.status)) await this.addJob(job);
      cursor = next;
    }
    await this.replaceTickets();
    if (isBehind) await this.recheckDelays();
  }

  private async replaceTickets(): Promise<void> {
    for (const queue of QUEUES) await this.queues[queue].replaceTickets();
  }

  private async recheckDelays(): Promise<void> {
    for (const queue of QUEUES) await this.queues[queue].recheckDelays();
  }

  private async probe(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    const result = await this.health.probe();
    if (result === 'refused') return;
    if (result === 'recovered') await this.recoverOrphans();
    // BullMQ delays by the wall clock: when that is set back, delayed tasks would come as much later.
    if (this.health.wasClockSetBack()) await this.recheckDelays();
  }

  private addJob({ entry, owner, priority }: Pick<OpenJob, 'entry' | 'owner' | 'priority'>): Promise<void> {
    return this.add('jobs', entry, { owner, priority: JOB_PRIORITIES.indexOf(priority), delayMs: 0 });
  }

  /** No-op where the task is on the queue. */
  private async add(queue: QueueName, task: EncodedTask, options: Required<TaskOptions>): Promise<void> {
    if (await this.legacy.has(queue, task)) return;
    await this.queues[queue].add(task, options);
  }

  private every(milliseconds: number, work: () => Promise<void>): void {
    // A failure is made good by the next run.
    this.timers.push(setInterval(() => void work().catch(() => {}), milliseconds).unref());
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isAvailable) throw jobsUnavailable(new Error(this.unavailability));
    try {
      return await work();
    } catch (error) {
      if (isAppError(error)) throw error;
      throw jobsUnavailable(new Error(`Redis: ${messageOf(error)}`, { cause: error }));
    }
  }
}
