import type { CallbackClientOptions, WebhookSecret } from '@frontier/webhooks';
import type { JobExecutor } from './job-executor.js';
import type { OwnerLimits } from './job-queue.js';

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
  /** Bounds of one owner's jobs; default: 10,000 jobs that have not ended, 1 GiB of all. */
  ownerLimits?: OwnerLimits;
  /** Signs messages of jobs that bring no secret of their own. */
  secret?: WebhookSecret;
  callbacks: CallbackClientOptions;
  /** When messages are tried; default: `DELIVERY_DELAYS_MS`. */
  deliveryDelaysMs?: readonly number[];
}

export const DEFAULT_JOBS_OPTIONS = {
  concurrency: 8,
  retentionMs: 7 * 24 * 3_600_000,
  ownerLimits: { open: 10_000, bytes: 2 ** 30 },
  /** Followers of jobs, which owners share. */
  followers: 1024,
  /** Bytes of a page of a list, about. */
  pageBytes: 256 * 1024,
  /** Messages that are delivered at once, which owners share. */
  deliveryConcurrency: 16,
} as const;
