import { channel } from 'node:diagnostics_channel';
import type { DeliveryStatus, JobStatus } from '@frontier/durable';

/** A change of a job's status: the message of {@link jobChannel}. */
export interface JobChange {
  id: string;
  /** Id of the principal that it belongs to. */
  owner: string;
  status: JobStatus;
  /** Times that it was begun. */
  attempts: number;
}

/** Publishes a {@link JobChange} for each change of a job's status in this process (`node:diagnostics_channel`). */
export const jobChannel = channel('frontier.job');

/** An attempt to deliver a message: the message of {@link deliveryChannel}. */
export interface DeliveryTried {
  /** The job that the message is about. */
  job: JobChange;
  /** The message among those of the job, from 1 on. */
  number: number;
  /** HTTP status of the response, if one came. */
  statusCode?: number;
  /** Time of the next attempt, in milliseconds since 1970. */
  nextAt?: number;
  /** Status of the message after it; `pending` will be tried again. */
  status: DeliveryStatus;
  durationMs: number;
}

/** Publishes a {@link DeliveryTried} for each attempt to deliver a message (`node:diagnostics_channel`). */
export const deliveryChannel = channel('frontier.delivery');
