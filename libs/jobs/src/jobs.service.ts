import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CallbackClient, webhookSecret } from '@frontier/webhooks';
import { changeJob, deliveryEntry, enqueueDeliveries, finishJob } from './job-changes.js';
import { jobChannel, type JobChange } from './job-events.js';
import { isFinal, type Job, type JobEvent, type JobRequest, type JobStatus } from './job.js';
import { JobQueue } from './job-queue.js';
import { callbackSecretInvalid, callbackUnsigned, jobConflict, jobNotFound } from './jobs.errors.js';
import { MODULE_OPTIONS_TOKEN } from './jobs.module-definition.js';
import type { JobsModuleOptions } from './jobs.options.js';
import { JobWorkers } from './job-workers.js';

/** A part of a list, newest first. */
export interface JobPage {
  jobs: Job[];
  /** Whether there are more. */
  hasMore: boolean;
}

/** How soon a follower hears of what another process did. */
const FOLLOW_POLL_MS = 500;

/**
 * What callers do with jobs. Those of other owners do not exist for them; without an owner, all do. All methods throw
 * `jobs_unavailable`.
 */
@Injectable()
export class JobsService {
  private readonly callbacks: CallbackClient;

  constructor(
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: JobsModuleOptions,
    private readonly workers: JobWorkers,
  ) {
    this.callbacks = new CallbackClient(options.callbacks);
  }

  /**
   * Takes a job; when this returns, it is durable.
   * @param id default: a new one. A job that has this id already is returned as it is.
   * @throws `callback_refused`, `invalid_request` when nobody could sign its callback
   */
  async accept(request: JobRequest, id = newJobId()): Promise<Job> {
    const { callback } = request;
    if (callback) {
      this.callbacks.assertAllowed(callback.url);
      if (callback.secret === undefined && !this.options.secret) throw callbackUnsigned();
      if (callback.secret !== undefined) assertSecret(callback.secret);
    }
    const job: Job = {
      ...request,
      id,
      entry: id,
      version: 0,
      status: 'queued',
      createdAt: Date.now(),
      attempts: 0,
      deliveries: [],
    };
    if (!(await this.queue.accept(job))) return (await this.queue.get(id)) ?? job;
    jobChannel.publish({ id, status: 'queued' } satisfies JobChange);
    return job;
  }

  /** @throws `job_not_found` */
  async get(id: string, owner: string | undefined): Promise<Job> {
    const job = await this.queue.get(id);
    if (!job || (owner !== undefined && job.owner !== owner)) throw jobNotFound(id);
    return job;
  }

  /** The owner's jobs. */
  async list(
    owner: string,
    limit: number,
    after?: Pick<Job, 'id' | 'createdAt'>,
    status?: JobStatus,
  ): Promise<JobPage> {
    return page(await this.queue.list({ owner, status, limit: limit + 1, after }), limit);
  }

  /**
   * Ends a job: at once where it waits; soon, within a second elsewhere, where it runs. One that has ended stays as it is.
   * @throws `job_not_found`
   */
  async cancel(id: string, owner: string | undefined): Promise<Job> {
    await this.get(id, owner);
    const job = await changeJob(this.queue, id, ({ status }) =>
      status === 'running' ? { changes: { isCancelling: true } } : undefined,
    );
    if (job?.status !== 'running') await finishJob(this.queue, id, 'cancelled');
    this.workers.abort(id);
    return this.get(id, owner);
  }

  /**
   * What happens to a job, from an event on: what is known first, then as it happens, until it has ended.
   * @param after the id of the last event that is known; 0 for all
   * @throws `job_not_found`, before the first event
   */
  async follow(
    id: string,
    owner: string | undefined,
    after: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<JobEvent>> {
    await this.get(id, owner);
    return this.eventsAfter(id, after, signal);
  }

  private async *eventsAfter(id: string, after: number, signal: AbortSignal): AsyncGenerator<JobEvent, void> {
    for (let last = after; !signal.aborted;) {
      const heard = changeOf(id, signal);
      const events = await this.queue.events(id, last);
      for (const event of events) {
        last = event.id;
        yield event;
      }
      const job = events.length > 0 ? undefined : await this.queue.get(id);
      const status = events.at(-1)?.status ?? job?.status;
      if (status === undefined || isFinal(status)) return;
      if (events.length === 0) await heard;
    }
  }

  /**
   * Sends a message about a job again, as a new one.
   * @param number which of its messages, from 1 on
   * @throws `job_not_found`, `job_conflict` where there is no such message, or it is still being tried
   */
  async replay(id: string, owner: string | undefined, number: number): Promise<Job> {
    const current = await this.get(id, owner);
    const { deliveries } = current;
    if (!deliveries[number - 1]) throw jobConflict(`The job "${id}" has no delivery ${number}.`);
    if (deliveries.some(({ status }) => status === 'pending')) {
      // A process that is gone may have left one off the lane.
      await enqueueDeliveries(this.queue, current);
      throw jobConflict(`The job "${id}" has a delivery that is still being tried.`);
    }
    const job = await changeJob(this.queue, id, (now) => ({
      changes: { deliveries: [...now.deliveries, { status: 'pending', attempts: [], nextAt: Date.now() }] },
    }));
    await this.queue.enqueue('deliveries', deliveryEntry(id, job!.deliveries.length), {});
    return job!;
  }

  /** Jobs that failed, whoever owns them: for operators. */
  async deadLetters(limit: number, after?: Pick<Job, 'id' | 'createdAt'>): Promise<JobPage> {
    return page(await this.queue.list({ status: 'failed', limit: limit + 1, after }), limit);
  }

  /**
   * Gives a job that failed another chance, with a day to live. One that waits is put on its lane, should it not be there.
   * @throws `job_not_found`, `job_conflict` where it did not fail
   */
  async requeue(id: string): Promise<Job> {
    const job = await changeJob(this.queue, id, ({ status, expiresAt, version, deliveries }) =>
      status === 'failed'
        ? {
            status: 'queued',
            changes: {
              // The old entry may not have left its lane yet.
              entry: `${id}:${version}`,
              attempts: 0,
              error: undefined,
              finishedAt: undefined,
              // What is still to be told of its first life is not true any more.
              deliveries: deliveries.map((delivery) =>
                delivery.status === 'pending' ? { ...delivery, status: 'failed', nextAt: undefined } : delivery,
              ),
              expiresAt: Math.max(expiresAt, Date.now() + SECOND_LIFE_MS),
            },
          }
        : undefined,
    );
    if (!job) throw jobNotFound(id);
    if (job.status !== 'queued') throw jobConflict(`The job "${id}" is ${job.status}; only failed jobs are re-queued.`);
    await this.queue.enqueue('jobs', job.entry, {});
    return job;
  }
}

const SECOND_LIFE_MS = 24 * 3_600_000;

/** @throws `invalid_request` */
function assertSecret(secret: string): void {
  try {
    webhookSecret(secret);
  } catch {
    throw callbackSecretInvalid();
  }
}

function newJobId(): string {
  return `job_${randomBytes(16).toString('hex')}`;
}

function page(found: Job[], limit: number): JobPage {
  return { jobs: found.slice(0, limit), hasMore: found.length > limit };
}

/** Settles when a job changes in this process, when it may have changed in another, or when nobody waits any longer. */
function changeOf(id: string, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const hear = (message: unknown): void => {
    if ((message as JobChange).id === id) done.abort();
  };
  jobChannel.subscribe(hear);
  return sleep(FOLLOW_POLL_MS, undefined, { signal: AbortSignal.any([done.signal, signal]) })
    .catch(() => {})
    .finally(() => jobChannel.unsubscribe(hear));
}
