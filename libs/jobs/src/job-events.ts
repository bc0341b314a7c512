import { channel } from 'node:diagnostics_channel';
import type { DeliveryStatus, JobStatus } from '@frontier/durable';

/** A change of a job's status: the message of {@link jobChannel}. */
export interface JobChange {
  id: string;
  status: JobStatus;
}

/** Publishes a {@link JobChange} for each change of a job's status in this process (`node:diagnostics_channel`). */
export const jobChannel = channel('frontier.job');

/** An attempt to deliver a message: the message of {@link deliveryChannel}. */
export interface DeliveryTried {
  /** Status of the message after it; `pending` will be tried again. */
  status: DeliveryStatus;
  durationMs: number;
}

/** Publishes a {@link DeliveryTried} for each attempt to deliver a message (`node:diagnostics_channel`). */
export const deliveryChannel = channel('frontier.delivery');
