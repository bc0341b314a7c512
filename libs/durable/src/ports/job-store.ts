import type { Attachment, AttachmentKind } from './attachment.js';
import type { Job, JobEvent, JobStatus, JobSummary } from './job.js';

/** Bounds of one owner's jobs. */
export interface OwnerLimits {
  /** Jobs that have not ended. */
  open: number;
  /** Bytes of all jobs and their attachments, those that have ended included. */
  bytes: number;
}

/** Selects a page of jobs, newest first. */
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

/** A page of a list. */
export interface JobList {
  jobs: JobSummary[];
  /** The place after which the next page begins; `undefined`: there is none. */
  next?: JobPlace;
}

/** The state of a job, without its document. */
export interface JobState {
  owner: string;
  status: JobStatus;
  /** Changes with every event. */
  version: number;
  isCancelling: boolean;
}

/** The result of one step of a purge. */
export interface Purged {
  /** Jobs that were forgotten. */
  jobs: number;
  isDone: boolean;
}

/** Documents of jobs and their events. Port. What returns is durable; all methods throw `jobs_unavailable`. */
export interface JobStore {
  /**
   * Keeps a new job, and adds it to the queue `jobs`; `false` where there is one with this id.
   * @param input the attachment that its `attachments.input` is the size of
   * @throws `rate_limit_exceeded` where its owner keeps all that one may
   */
  accept(job: Job, limits?: OwnerLimits, input?: Attachment): Promise<boolean>;
  /** A job; one whose document cannot be read does not exist. */
  get(id: string): Promise<Job | undefined>;
  /** States of jobs, `undefined` for those that do not exist. */
  states(ids: readonly string[]): Promise<(JobState | undefined)[]>;
  list(filter: JobFilter): Promise<JobList>;
  /**
   * Keeps a changed job, its version counted up, with the event that it is.
   * @param output a new attachment, which its `attachments.output` is the size of
   * @param limits bound the bytes of its owner's jobs, the new attachment included
   * @returns `false` where the job has another version by now
   * @throws `rate_limit_exceeded` where there is no room for the attachment
   */
  update(job: Job, event?: Omit<JobEvent, 'id'>, output?: Attachment, limits?: OwnerLimits): Promise<boolean>;
  /** A part of an attachment, from 0 on; `undefined` where there is none. */
  part(id: string, kind: AttachmentKind, index: number): Promise<Uint8Array | undefined>;
  /** Events of a job after one of them, oldest first. */
  events(id: string, after: number): Promise<JobEvent[]>;
  /** Forgets some of the jobs that ended before, and of the messages that came before. */
  purge(before: number): Promise<Purged>;
}
