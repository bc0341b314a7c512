import type { CallbackClientOptions, WebhookSecret } from '@frontier/webhooks';
import type { JobExecutor } from './job-executor.js';

export interface JobsModuleOptions {
  executor: JobExecutor;
  /** A folder for the SQLite file `jobs.db`, where there is no Redis. */
  folder: string;
  /** `redis://...` of a Redis that never evicts: jobs are kept there, by BullMQ, and shared by all processes. */
  redisUrl?: string;
  /** Jobs of this process at once; default 8. */
  concurrency?: number;
  /** How long jobs that ended, and received messages, are remembered; default: a week. */
  retentionMs?: number;
  /** Signs messages of jobs that bring no secret of their own. */
  secret?: WebhookSecret;
  callbacks: CallbackClientOptions;
  /** When messages are tried; default: `DELIVERY_DELAYS_MS`. */
  deliveryDelaysMs?: readonly number[];
}

export const DEFAULT_JOBS_OPTIONS = {
  concurrency: 8,
  retentionMs: 7 * 24 * 3_600_000,
  /** Messages that are delivered at once. */
  deliveryConcurrency: 16,
} as const;
