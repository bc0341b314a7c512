import type { WebhookInbox } from '@frontier/webhooks';
import type { Job, JobEvent } from './job.js';

/** `jobs`: a job waits for its turn, as its `entry`; `deliveries`: a message about its end, as `<job id>:<number>`. */
export const LANES = ['jobs', 'deliveries'] as const;
export type Lane = (typeof LANES)[number];

/** What a handler says of an entry: it is done with, or it wants it again later. */
export type Outcome = { again?: { delayMs: number } };

/**
 * Works on an entry. The signal fires when the queue closes, or when the entry may be somebody else's by now. What it throws
 * is a bug or a fault of the queue itself; the entry comes again.
 */
export type LaneHandler = (entry: string, signal: AbortSignal) => Promise<Outcome>;

/** Which jobs to list, newest first. */
export interface JobFilter {
  owner?: string;
  status?: Job['status'];
  limit: number;
  /** The last one of the page before. */
  after?: Pick<Job, 'id' | 'createdAt'>;
}

/**
 * Keeps jobs, and hands them out. Port. What returns is durable. An entry of a lane is handed to one handler at a time, for as long
 * as its process lives, and again after that: at least once. All methods throw `jobs_unavailable` when the storage does not
 * answer, is full, or is locked.
 */
export interface JobQueue extends WebhookInbox {
  /** Opens the storage, and takes up what a process that is gone had begun. @throws `jobs_storage_refused` */
  open(): Promise<void>;
  /** Whether it answers. */
  readonly isAvailable: boolean;
  /** Why it is not, where that is known. */
  readonly unavailability?: string;

  /** Keeps a new job, and puts it on its lane; `false` where there is one with this id. */
  accept(job: Job): Promise<boolean>;
  get(id: string): Promise<Job | undefined>;
  list(filter: JobFilter): Promise<Job[]>;
  /**
   * Keeps a changed job, its version counted up, with what happened to it.
   * @returns `false` where it has been changed by somebody else
   */
  update(job: Job, event?: Omit<JobEvent, 'id'>): Promise<boolean>;
  /** What happened to a job after an event, oldest first. */
  events(id: string, after: number): Promise<JobEvent[]>;
  /** Forgets jobs that ended before, and messages that came before; returns how many jobs. */
  purge(before: number): Promise<number>;

  /** Puts an entry on a lane, unless it is there. */
  enqueue(lane: Lane, entry: string, options: { delayMs?: number; priority?: number }): Promise<void>;
  /** Begins to hand out a lane's entries, so many at once. */
  work(lane: Lane, concurrency: number, handler: LaneHandler): void;
  /** Entries of a lane that wait for their turn. */
  waiting(lane: Lane): Promise<number>;
  /** Aborts handlers, waits for them, and closes the storage. */
  close(): Promise<void>;
}

export const JobQueue = Symbol('JobQueue');
