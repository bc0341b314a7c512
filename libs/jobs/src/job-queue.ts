import type { WebhookInbox } from '@frontier/webhooks';
import type { Job, JobEvent, JobStatus, JobSummary } from './job.js';

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

/** The longest that an entry of a lane may be delayed. What would come later was delayed by a clock that was wrong, and comes at once. */
export const LONGEST_DELAY_MS: Readonly<Record<Lane, number>> = { jobs: 2 * 3_600_000, deliveries: 27 * 3_600_000 };

/** Bytes of received messages that are remembered; beyond them, the oldest are forgotten. A message is some hundred bytes. */
export const MAX_MESSAGE_BYTES = 64 * 2 ** 20;

/** Bounds of one owner's jobs. */
export interface OwnerLimits {
  /** Jobs that have not ended. */
  open: number;
  /** Bytes of all jobs, those that have ended included. */
  bytes: number;
}

/** Which jobs to list, newest first. */
export interface JobFilter {
  owner?: string;
  status?: JobStatus;
  /** Jobs of a page, and bytes of their summaries; fewer may come. */
  limit: number;
  maxBytes: number;
  /** The last one of the page before. */
  after?: JobPlace;
}

/** The place of a job in a list. */
export type JobPlace = Pick<Job, 'id' | 'createdAt'>;

/** A part of a list. */
export interface JobList {
  jobs: JobSummary[];
  /** The place after which the next part begins; `undefined`: there is none. */
  next?: JobPlace;
}

/** The state of a job, without its document. */
export interface JobState {
  owner: string;
  status: JobStatus;
  /** Another one: something happened. */
  version: number;
  isCancelling: boolean;
}

/** The result of one step of a purge. */
export interface Purged {
  /** Jobs that were forgotten. */
  jobs: number;
  isDone: boolean;
}

export interface EntryOptions {
  /** The owner whose turn it takes. */
  owner: string;
  delayMs?: number;
  /** An index of `JOB_PRIORITIES`; default: normal. */
  priority?: number;
}

/**
 * Keeps jobs, and hands them out. Port. What returns is durable. An entry of a lane is handed to one handler at a time, for as long
 * as its process lives, and again after that: at least once. All methods throw `jobs_unavailable` when the storage does not
 * answer, is full, or is locked.
 */
export interface JobQueue extends WebhookInbox {
  /**
   * Opens the storage, and takes up what a process that is gone had begun. Where it cannot be used now, this returns all the same, and
   * it is tried again until it can.
   * @throws `jobs_storage_refused`
   */
  open(): Promise<void>;
  /** Whether it takes writes, as of a second or two ago. */
  readonly isAvailable: boolean;
  /** Why it does not, where that is known: names the file or server. */
  readonly unavailability?: string;

  /**
   * Keeps a new job, and puts it on its lane; `false` where there is one with this id.
   * @throws `rate_limit_exceeded` where its owner keeps all that one may
   */
  accept(job: Job, limits?: OwnerLimits): Promise<boolean>;
  /** A job; one whose document cannot be read does not exist. */
  get(id: string): Promise<Job | undefined>;
  /** States of jobs, `undefined` for those that do not exist. */
  states(ids: readonly string[]): Promise<(JobState | undefined)[]>;
  list(filter: JobFilter): Promise<JobList>;
  /**
   * Keeps a changed job, its version counted up, with what happened to it.
   * @returns `false` where it has been changed by somebody else
   */
  update(job: Job, event?: Omit<JobEvent, 'id'>): Promise<boolean>;
  /** What happened to a job after an event, oldest first. */
  events(id: string, after: number): Promise<JobEvent[]>;
  /** Forgets some of the jobs that ended before, and of the messages that came before. */
  purge(before: number): Promise<Purged>;

  /** Puts an entry on a lane, unless it is there. */
  enqueue(lane: Lane, entry: string, options: EntryOptions): Promise<void>;
  /**
   * Begins to hand out a lane's entries, so many at once. Owners take turns, and share the places as a `SharedBudget` says: one alone has
   * all; one that has fewer than its share gets a place though all are taken, so that at most twice as many are worked on.
   */
  work(lane: Lane, concurrency: number, handler: LaneHandler): void;
  /** Entries of a lane that wait for their turn. */
  waiting(lane: Lane): Promise<number>;
  /** Aborts handlers, waits for them, and closes the storage. */
  close(): Promise<void>;
}

export const JobQueue = Symbol('JobQueue');
