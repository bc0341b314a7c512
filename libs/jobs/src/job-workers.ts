import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type DurableStorage, encodeTask, type QueueName, type TaskHandler } from '@frontier/durable';
import { messageOf } from '@frontier/errors';
import { CallbackClient } from '@frontier/webhooks';
import { DeliveryRunner } from './delivery-runner.js';
import { JobRunner } from './job-runner.js';
import { DEFAULT_JOBS_OPTIONS, type JobsModuleOptions, MODULE_OPTIONS_TOKEN } from './jobs.options.js';

const PURGE_EVERY_MS = 3_600_000;
const UNAVAILABLE_DELAY_MS = 2000;
const PURGE_PAUSE_MS = 10;

/** Works on the queues while the app lives: runs jobs, delivers messages, forgets old jobs. */
@Injectable()
export class JobWorkers implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly storage: DurableStorage;
  private readonly jobs: JobRunner;
  private readonly deliveries: DeliveryRunner;
  private purging: NodeJS.Timeout | undefined;
  private isClosing = false;
  /** Runs work outside of all requests: none that only woke a queue is the context of a job. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(@Inject(MODULE_OPTIONS_TOKEN) private readonly options: JobsModuleOptions) {
    this.storage = options.storage;
    this.jobs = new JobRunner(this.storage, options.executor, options.ownerLimits);
    this.deliveries = new DeliveryRunner(this.storage, {
      client: new CallbackClient(options.callbacks),
      secret: options.secret,
      delaysMs: options.deliveryDelaysMs,
    });
  }

  onApplicationBootstrap(): void {
    const { concurrency = DEFAULT_JOBS_OPTIONS.concurrency } = this.options;
    this.work('jobs', concurrency, (task, signal) => this.jobs.run(task, signal));
    this.work('deliveries', DEFAULT_JOBS_OPTIONS.deliveryConcurrency, (task, signal) =>
      this.deliveries.run(task, signal),
    );
    this.purging = setInterval(() => void this.purge(), PURGE_EVERY_MS).unref();
    void this.purge();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.purging);
    await this.storage.close();
  }

  /** Ends a job that runs in this process. */
  abort(id: string): void {
    this.jobs.abort(id);
  }

  /** Logs errors of a handler, which the queue would swallow. */
  private work<Q extends QueueName>(queue: Q, concurrency: number, handler: TaskHandler<Q>): void {
    this.storage.work(queue, concurrency, async (task, signal) => {
      // A result could not be stored now, and the work would be done again and again.
      if (!this.storage.isAvailable) return { retry: { delayMs: UNAVAILABLE_DELAY_MS } };
      try {
        return await this.outside(handler, task, signal);
      } catch (error) {
        this.logger.error(`${queue}: ${encodeTask(task)} is tried again: ${messageOf(error)}`);
        return { retry: { delayMs: 1000 } };
      }
    });
  }

  /** Purges in steps, between which other calls run. */
  private async purge(): Promise<void> {
    const { retentionMs = DEFAULT_JOBS_OPTIONS.retentionMs } = this.options;
    let forgotten = 0;
    try {
      for (let isDone = false; !isDone && !this.isClosing; await sleep(PURGE_PAUSE_MS)) {
        const purged = await this.storage.purge(Date.now() - retentionMs);
        forgotten += purged.jobs;
        isDone = purged.isDone;
      }
    } catch (error) {
      this.logger.warn(`Old jobs could not be forgotten: ${messageOf(error)}`);
    }
    if (forgotten > 0) this.logger.log(`${forgotten} jobs that ended long ago are forgotten.`);
  }
}
