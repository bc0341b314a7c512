import { Logger } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import { isAppError, messageOf } from '@frontier/errors';
import type { ReceivedMessage } from '@frontier/webhooks';
import { isFinal, type Job, JOB_PRIORITIES, type JobEvent } from '../job.js';
import {
  type EntryOptions,
  type JobFilter,
  type JobList,
  type JobQueue,
  type JobState,
  type Lane,
  type LaneHandler,
  LANES,
  type OwnerLimits,
  type Purged,
} from '../job-queue.js';
import { jobsStorageRefused, jobsUnavailable, tooManyJobs } from '../jobs.errors.js';
import { QueueClock } from '../queue-clock.js';
import { BullLane } from './bull-lane.js';
import { JobDocuments } from './job-documents.js';
import { LegacyEntries } from './legacy-entries.js';

/** A command that takes longer is given up. */
const COMMAND_TIMEOUT_MS = 2000;
const PROBE_KEY = 'frontier:jobs:probe';
const PROBE_EVERY_MS = 1000;
/** Interval of the check that each entry has a ticket. */
const REPLACE_EVERY_MS = 30_000;
/** A wall clock that goes back by more was set back. */
const CLOCK_STEP_MS = 1000;

const NORMAL = JOB_PRIORITIES.indexOf('normal');

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
  private readonly legacy: LegacyEntries;
  private readonly lanes: Readonly<Record<Lane, BullLane>>;
  private readonly connections: Redis[] = [];
  private readonly clock = new QueueClock();
  private readonly logger = new Logger('Jobs');
  private isRefused: string | undefined;
  /** Why Redis refuses writes, in its own words, while it does. */
  private writeRefusal: string | undefined;
  private readonly timers: NodeJS.Timeout[] = [];
  private takingUp: Promise<void> | undefined;
  private wallAhead = Date.now() - performance.now();

  constructor(private readonly url: string) {
    this.redis = this.connect(COMMANDS);
    this.documents = new JobDocuments(this.redis, (what) => this.logger.error(`Redis: set aside: ${what}.`));
    this.legacy = new LegacyEntries(this.redis);
    const lane = (name: Lane): BullLane =>
      new BullLane({ lane: name, clock: this.clock, redis: this.redis, connection: this.connect(COMMANDS) });
    this.lanes = { jobs: lane('jobs'), deliveries: lane('deliveries') };
  }

  /** Where Redis does not answer, the server starts all the same; what is asked of it is refused until it does. */
  async open(): Promise<void> {
    let isLost = false;
    this.redis.on('error', (error) => {
      if (!isLost) this.logger.error(`${this.address}: ${messageOf(error)}. Jobs are refused until it answers.`);
      isLost = true;
    });
    this.redis.on('ready', () => {
      isLost = false;
      void this.takeUp();
    });
    this.every(PROBE_EVERY_MS, () => this.probe());
    this.every(REPLACE_EVERY_MS, () => this.replaceTickets());
    if (!(await this.isReady())) return;
    await this.takeUp();
    if (this.isRefused) throw jobsStorageRefused(this.isRefused);
  }

  get isAvailable(): boolean {
    return this.redis.status === 'ready' && (this.isRefused ?? this.writeRefusal) === undefined;
  }

  get unavailability(): string | undefined {
    if (this.isAvailable) return undefined;
    return this.isRefused ?? `${this.address}: ${this.writeRefusal ?? 'it does not answer'}`;
  }

  async accept(job: Job, limits?: OwnerLimits): Promise<boolean> {
    return this.attempt(async () => {
      try {
        const result = await this.documents.insert(job, limits);
        if (result === 'open' || result === 'bytes') throw tooManyJobs(result, limits!);
        // Also one that is known: its process may have ended before it could do this.
        if (result === 'accepted' || (await this.documents.get(job.id))?.status === 'queued') await this.addJob(job);
        return result === 'accepted';
      } catch (error) {
        // What was not answered in time may be done all the same, and this after it.
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

  update(job: Job, event?: Omit<JobEvent, 'id'>): Promise<boolean> {
    return this.attempt(() => this.documents.update(job, event));
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

  async enqueue(lane: Lane, entry: string, { owner, delayMs = 0, priority = NORMAL }: EntryOptions): Promise<void> {
    await this.attempt(async () => {
      if (await this.legacy.has(lane, entry)) return;
      await this.lanes[lane].add(entry, { owner, priority, delayMs });
    });
  }

  work(lane: Lane, concurrency: number, handler: LaneHandler): void {
    this.lanes[lane].work(concurrency, handler, this.connectForWorker());
    void this.workOnLegacy(lane, concurrency, handler);
  }

  async waiting(lane: Lane): Promise<number> {
    return this.attempt(() => this.lanes[lane].waiting());
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    const closing = [...Object.values(this.lanes), this.legacy].map((part) => within(part.close()));
    await Promise.all(closing);
    for (const connection of this.connections) connection.disconnect();
  }

  private async workOnLegacy(lane: Lane, concurrency: number, handler: LaneHandler): Promise<void> {
    if (!(await this.legacy.exist(lane).catch(() => false))) return;
    this.legacy.work(lane, concurrency, handler, this.connectForWorker());
  }

  /** Puts on its lane what is not there though it should be, once Redis is there. What fails is done again by the next probe. */
  private takeUp(): Promise<void> {
    this.takingUp ??= this.takeUpOnce()
      .catch((error: unknown) => {
        this.writeRefusal ??= messageOf(error);
      })
      .finally(() => (this.takingUp = undefined));
    return this.takingUp;
  }

  private async takeUpOnce(): Promise<void> {
    await this.isReady();
    const policy = /maxmemory_policy:(\S+)/.exec(await this.redis.info('memory'))?.[1];
    this.isRefused =
      policy === 'noeviction'
        ? undefined
        : `JOBS_REDIS_URL: this Redis evicts (maxmemory-policy ${policy}), and would lose jobs. Set it to noeviction.`;
    if (this.isRefused) return;
    const reached = await this.lanes.jobs.clock();
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
    for (const lane of LANES) await this.lanes[lane].replaceTickets();
  }

  private async recheckDelays(): Promise<void> {
    for (const lane of LANES) await this.lanes[lane].recheckDelays();
  }

  /** Tries a write: a replica, or a Redis without memory or disk, answers reads as ever. */
  private async probe(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    try {
      await this.redis.set(PROBE_KEY, '', 'PX', PROBE_EVERY_MS);
    } catch (error) {
      const reason = messageOf(error);
      if (this.writeRefusal === undefined)
        this.logger.error(`${this.address}: ${reason} Jobs are refused until writes are taken again.`);
      this.writeRefusal = reason;
      return;
    }
    if (this.writeRefusal !== undefined) {
      this.writeRefusal = undefined;
      this.logger.log('Writes are taken again.');
      await this.takeUp();
    }
    await this.watchClock();
  }

  /** BullMQ delays by the wall clock: when that is set back, what is delayed would come as much later. */
  private async watchClock(): Promise<void> {
    const ahead = Date.now() - performance.now();
    const change = ahead - this.wallAhead;
    if (change < -CLOCK_STEP_MS) {
      this.logger.warn(`The clock was set back by ${Math.round(-change / 1000)} s.`);
      await this.recheckDelays();
    }
    this.wallAhead = ahead;
  }

  /** Waits, within the time of a command, until all connections are there: lanes have their own, which are refused until then. */
  private async isReady(): Promise<boolean> {
    const connected = this.connections
      .filter(({ status }) => status !== 'ready')
      .map((connection) => new Promise<void>((resolve) => connection.once('ready', resolve)));
    await within(Promise.all(connected));
    return this.connections.every(({ status }) => status === 'ready');
  }

  /** No-op where the entry is on the lane. */
  private async addJob({ entry, owner, priority }: Pick<Job, 'entry' | 'owner' | 'priority'>): Promise<void> {
    if (await this.legacy.has('jobs', entry)) return;
    await this.lanes.jobs.add(entry, { owner, priority: JOB_PRIORITIES.indexOf(priority), delayMs: 0 });
  }

  /** Without what may be secret of its URL. */
  private get address(): string {
    return `Redis ${URL.canParse(this.url) ? new URL(this.url).host : ''}`.trim();
  }

  private every(milliseconds: number, work: () => Promise<void>): void {
    // A failure is mended by the next run.
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

  /** A worker waits for Redis however long it takes. */
  private connectForWorker(): Redis {
    return this.connect({ maxRetriesPerRequest: null });
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
