import type { SerializedAppError } from '@frontier/errors';
import type { AttachmentKind, AttachmentSize } from './attachment.js';

export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Statuses of jobs that have ended. */
export type FinalStatus = Exclude<JobStatus, 'queued' | 'running'>;

export const JOB_PRIORITIES = ['high', 'normal', 'low'] as const;
/** Order among the waiting jobs; interactive requests come before all of them. */
export type JobPriority = (typeof JOB_PRIORITIES)[number];

/** The request for a job; all of it is plain data. */
export interface JobRequest {
  /** Input of the executor. */
  input: unknown;
  /** Id of the principal that it belongs to. */
  owner: string;
  priority: JobPriority;
  /** Milliseconds since 1970; a job that has not ended by then is `expired`. */
  expiresAt: number;
  /** Receiver of a message about its end. */
  callback?: Callback;
}

export interface Callback {
  url: string;
  /** Signs the messages; default: the server's. */
  secret?: string;
}

/** A job, as it is stored. Times are milliseconds since 1970. */
export interface Job extends JobRequest {
  id: string;
  /** Number of the re-queue that it runs for; absent before the first. Tasks of other runs are stale. */
  run?: number;
  /** Grows with every change; a change that was made of an older one is refused. */
  version: number;
  status: JobStatus;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  /** Times that it was begun. */
  attempts: number;
  /** Times that it was put back for what is not its fault. */
  deferrals?: number;
  /** Cancelled while it runs. */
  isCancelling?: boolean;
  /** Return value of the executor. */
  output?: unknown;
  /** Sizes of its attachments. */
  attachments?: Partial<Record<AttachmentKind, AttachmentSize>>;
  /** Its last error. */
  error?: SerializedAppError;
  /** Messages about its end: the first one, and those of replays. */
  deliveries: Delivery[];
}

/** A job in a list. */
export type JobSummary = Omit<Job, 'input' | 'deliveries'>;

/** `disabled`: the receiver wants no more messages (410). */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed' | 'disabled';

/** One message to the job's callback URL, tried until it succeeds. */
export interface Delivery {
  status: DeliveryStatus;
  attempts: DeliveryAttempt[];
  /** Time of the next attempt. */
  nextAt?: number;
}

export interface DeliveryAttempt {
  at: number;
  durationMs: number;
  /** Status of the response, if one came. */
  statusCode?: number;
  /** Reason for the failure where none came. */
  error?: string;
}

/** A change of a job's status. */
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
