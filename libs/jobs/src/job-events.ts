import { channel } from 'node:diagnostics_channel';
import type { DeliveryStatus, JobStatus } from './job.js';

/** What {@link jobChannel} carries. */
export interface JobChange {
  id: string;
  status: JobStatus;
}

/** Publishes a {@link JobChange} for each change of a job's status in this process (`node:diagnostics_channel`). */
export const jobChannel = channel('frontier.job');

/** What {@link deliveryChannel} carries. */
export interface DeliveryTried {
  /** What became of the message; `pending` will be tried again. */
  status: DeliveryStatus;
  durationMs: number;
}

/** Publishes a {@link DeliveryTried} for each attempt to deliver a message (`node:diagnostics_channel`). */
export const deliveryChannel = channel('frontier.delivery');
