import type { SerializedAppError } from '@frontier/errors';

export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** How jobs end. */
export type FinalStatus = Exclude<JobStatus, 'queued' | 'running'>;

export const JOB_PRIORITIES = ['high', 'normal', 'low'] as const;
/** Which of the waiting jobs come first; requests that somebody waits for come before all of them. */
export type JobPriority = (typeof JOB_PRIORITIES)[number];

/** What a job is asked to do; all of it is plain data. */
export interface JobRequest {
  /** What the executor gets. */
  input: unknown;
  /** Whose job it is. */
  owner: string;
  priority: JobPriority;
  /** Milliseconds since 1970; a job that has not ended by then is `expired`. */
  expiresAt: number;
  /** Who is told how it ended. */
  callback?: Callback;
}

export interface Callback {
  url: string;
  /** Signs what is sent; default: the server's. */
  secret?: string;
}

/** A job, as it is stored. Times are milliseconds since 1970. */
export interface Job extends JobRequest {
  id: string;
  /** Its entry on the lane `jobs`: its id or, once it was re-queued, that and a number. Others are none of it any more. */
  entry: string;
  /** Grows with every change; a change that was made of an older one is refused. */
  version: number;
  status: JobStatus;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  /** Times that it was begun. */
  attempts: number;
  /** Times that it had to wait for what is not its fault. */
  waits?: number;
  /** Somebody wants it to end, and it is running. */
  isCancelling?: boolean;
  /** What the executor returned. */
  output?: unknown;
  /** What it failed with last. */
  error?: SerializedAppError;
  /** Messages about its end, the first of them made by itself, others by asking for a replay. */
  deliveries: Delivery[];
}

/** A job as lists have it. */
export type JobSummary = Omit<Job, 'input' | 'deliveries'>;

/** `disabled`: the receiver said that it wants no more (410). */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed' | 'disabled';

/** One message to the job's callback URL, tried until it succeeds. */
export interface Delivery {
  status: DeliveryStatus;
  attempts: DeliveryAttempt[];
  /** When it is tried next. */
  nextAt?: number;
}

export interface DeliveryAttempt {
  at: number;
  durationMs: number;
  /** What the receiver answered, if it did. */
  statusCode?: number;
  /** Why it did not. */
  error?: string;
}

/** What happened to a job. */
export interface JobEvent {
  /** Counts the events of a job from 1 on. */
  id: number;
  at: number;
  status: JobStatus;
  attempts: number;
  error?: SerializedAppError;
}

export function isFinal(status: JobStatus): status is FinalStatus {
  return status !== 'queued' && status !== 'running';
}
