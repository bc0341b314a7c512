import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { DurableStorage, OwnerLimits } from '@frontier/durable';
import type { CallbackClientOptions, WebhookSecret } from '@frontier/webhooks';

/** Executes jobs. Port. */
export interface JobExecutor {
  /**
   * @param input the input that the job was accepted with
   * @param attachment the bytes that came with it
   * @returns plain data: the job's output. Its fields `output` and `usage` are part of messages about the job. Where it may have megabytes, an
   * `AttachedOutput`
   * @throws an `AppError`: a `retryable` one is tried again, others end the job
   */
  execute(input: unknown, signal: AbortSignal, attachment?: Uint8Array): Promise<unknown>;
}

export interface JobsModuleOptions {
  executor: JobExecutor;
  /** Keeps the jobs: that of a `DurableModule`, or of `openStorage`. It is closed when the app shuts down. */
  storage: DurableStorage;
  /** Jobs of this process at once; default 8. */
  concurrency?: number;
  /** Time for which ended jobs and received messages are kept; default: a week. */
  retentionMs?: number;
  /** Bounds of one owner's jobs; default: 10,000 jobs that have not ended, 1 GiB of all. */
  ownerLimits?: OwnerLimits;
  /** Signs messages of jobs that bring no secret of their own. */
  secret?: WebhookSecret;
  callbacks: CallbackClientOptions;
  /** Delays before the attempts to deliver a message; default: `DELIVERY_DELAYS_MS`. */
  deliveryDelaysMs?: readonly number[];
}

export const DEFAULT_JOBS_OPTIONS = {
  concurrency: 8,
  retentionMs: 7 * 24 * 3_600_000,
  ownerLimits: { open: 10_000, bytes: 2 ** 30 },
  /** Followers of jobs, which owners share. */
  followers: 1024,
  /** Approximate bytes of a page of a list. */
  pageBytes: 256 * 1024,
  /** Messages that are delivered at once, which owners share. */
  deliveryConcurrency: 16,
} as const;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<JobsModuleOptions>()
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();
