import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { messageOf } from '@frontier/errors';
import { CallbackClient } from '@frontier/webhooks';
import { DeliveryRunner } from './delivery-runner.js';
import { JobQueue, type Lane, type LaneHandler } from './job-queue.js';
import { JobRunner } from './job-runner.js';
import { MODULE_OPTIONS_TOKEN } from './jobs.module-definition.js';
import { DEFAULT_JOBS_OPTIONS, type JobsModuleOptions } from './jobs.options.js';

const PURGE_EVERY_MS = 3_600_000;
const UNAVAILABLE_DELAY_MS = 2000;
const PURGE_PAUSE_MS = 10;

/** Works on the queue while the app lives: runs jobs, delivers messages, forgets what is old. */
@Injectable()
export class JobWorkers implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly jobs: JobRunner;
  private readonly deliveries: DeliveryRunner;
  private purging: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: JobsModuleOptions,
  ) {
    this.jobs = new JobRunner(queue, options.executor);
    this.deliveries = new DeliveryRunner(queue, {
      client: new CallbackClient(options.callbacks),
      secret: options.secret,
      delaysMs: options.deliveryDelaysMs,
    });
  }

  onApplicationBootstrap(): void {
    const { concurrency = DEFAULT_JOBS_OPTIONS.concurrency } = this.options;
    this.work('jobs', concurrency, (id, signal) => this.jobs.run(id, signal));
    this.work('deliveries', DEFAULT_JOBS_OPTIONS.deliveryConcurrency, (entry, signal) =>
      this.deliveries.run(entry, signal),
    );
    this.purging = setInterval(() => void this.purge(), PURGE_EVERY_MS).unref();
    void this.purge();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.purging);
    await this.queue.close();
  }

  /** Ends a job that runs in this process. */
  abort(id: string): void {
    this.jobs.abort(id);
  }

  /** What a handler throws would be lost in the queue. */
  private work(lane: Lane, concurrency: number, handler: LaneHandler): void {
    this.queue.work(lane, concurrency, async (entry, signal) => {
      // What is done now could not be noted, and would be done again and again.
      if (!this.queue.isAvailable) return { again: { delayMs: UNAVAILABLE_DELAY_MS } };
      try {
        return await handler(entry, signal);
      } catch (error) {
        this.logger.error(`${lane}: ${entry} is tried again: ${messageOf(error)}`);
        return { again: { delayMs: 1000 } };
      }
    });
  }

  /** By steps, between which others come. */
  private async purge(): Promise<void> {
    const { retentionMs = DEFAULT_JOBS_OPTIONS.retentionMs } = this.options;
    let forgotten = 0;
    try {
      for (let isDone = false; !isDone && !this.isClosing; await sleep(PURGE_PAUSE_MS)) {
        const purged = await this.queue.purge(Date.now() - retentionMs);
        forgotten += purged.jobs;
        isDone = purged.isDone;
      }
    } catch (error) {
      this.logger.warn(`Old jobs could not be forgotten: ${messageOf(error)}`);
    }
    if (forgotten > 0) this.logger.log(`${forgotten} jobs that ended long ago are forgotten.`);
  }
}
