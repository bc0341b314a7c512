import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type {
  Attachment,
  DurableStorage,
  Job,
  JobEvent,
  JobFilter,
  JobList,
  JobPlace,
  JobRequest,
  JobStatus,
} from '@frontier/durable';
import { sizeOf } from '@frontier/durable';
import { SharedBudget } from '@frontier/resilience';
import { CallbackClient, webhookSecret } from '@frontier/webhooks';
import { attachedParts, smallOutput } from './job-attachments.js';
import { changeJob, enqueueDeliveries, finishJob, publishChange } from './job-changes.js';
import { FairTurns } from './fair-turns.js';
import { JobFollowers } from './job-followers.js';
import {
  callbackSecretInvalid,
  callbackUnsigned,
  jobConflict,
  jobNotFound,
  noResponse,
  tooManyFollowers,
} from './jobs.errors.js';
import { DEFAULT_JOBS_OPTIONS, type JobsModuleOptions, MODULE_OPTIONS_TOKEN } from './jobs.options.js';
import { JobWorkers } from './job-workers.js';
import { fullRefusal, MAX_DELIVERIES, replayAt, replayRefusal } from './schedule/replays.js';

/** The least time that a re-queued job has until it expires. */
const REQUEUE_TTL_MS = 24 * 3_600_000;

/**
 * Jobs for their callers: those of other owners do not exist for them; without an owner, all do. All methods throw
 * `jobs_unavailable`.
 */
@Injectable()
export class JobsService {
  private readonly storage: DurableStorage;
  private readonly callbacks: CallbackClient;
  /** A page takes the event loop some milliseconds, so one is read at a time. */
  private readonly pages = new FairTurns();
  private readonly following = new SharedBudget(DEFAULT_JOBS_OPTIONS.followers);

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: JobsModuleOptions,
    private readonly workers: JobWorkers,
    private readonly followers: JobFollowers,
  ) {
    this.storage = options.storage;
    this.callbacks = new CallbackClient(options.callbacks);
  }

  /**
   * Accepts a job; it is durable when this returns.
   * @param id default: a new one. A job that has this id already is returned as it is.
   * @param input an attachment for the executor
   * @throws `callback_refused`, `invalid_request` when its messages could not be signed, `rate_limit_exceeded` when its owner keeps
   * all that one may
   */
  async accept(request: JobRequest, id = newJobId(), input?: Attachment): Promise<Job> {
    const { callback } = request;
    if (callback) {
      this.callbacks.assertAllowed(callback.url);
      if (callback.secret === undefined && !this.options.secret) throw callbackUnsigned();
      if (callback.secret !== undefined) assertSecret(callback.secret);
    }
    const job: Job = {
      ...request,
      id,
      version: 0,
      status: 'queued',
      createdAt: Date.now(),
      attempts: 0,
      deliveries: [],
      attachments: input && { input: sizeOf(input) },
    };
    const { ownerLimits = DEFAULT_JOBS_OPTIONS.ownerLimits } = this.options;
    if (!(await this.storage.accept(job, ownerLimits, input))) return (await this.storage.get(id)) ?? job;
    publishChange(job);
    return job;
  }

  /** @throws `job_not_found` */
  async get(id: string, owner: string | undefined): Promise<Job> {
    const job = await this.storage.get(id);
    if (!job || (owner !== undefined && job.owner !== owner)) throw jobNotFound(id);
    return job;
  }

  /** A job with the attachment of its output, where that is of one part. Throws as {@link get}. */
  async getWithResponse(id: string, owner: string | undefined): Promise<{ job: Job; response: unknown }> {
    const job = await this.get(id, owner);
    return { job, response: await smallOutput(this.storage, job) };
  }

  /**
   * The attachment of a job's output, read part by part.
   * @throws `job_not_found`, `job_conflict` where it has none
   */
  async response(id: string, owner: string | undefined): Promise<AsyncIterable<Uint8Array>> {
    const job = await this.get(id, owner);
    if (!job.attachments?.output) throw noResponse(job);
    return attachedParts(this.storage, job, 'output');
  }

  /** The owner's jobs, newest first; a page may be shorter than asked for, where jobs are large. */
  list(owner: string, limit: number, after?: JobPlace, status?: JobStatus): Promise<JobList> {
    return this.page(owner, { owner, status, limit, after });
  }

  /**
   * Ends a job: at once where it waits; soon, within a second elsewhere, where it runs. One that has ended stays as it is.
   * @throws `job_not_found`
   */
  async cancel(id: string, owner: string | undefined): Promise<Job> {
    await this.get(id, owner);
    const job = await changeJob(this.storage, id, ({ status }) =>
      status === 'running' ? { changes: { isCancelling: true } } : undefined,
    );
    if (job?.status !== 'running') await finishJob(this.storage, id, 'cancelled');
    this.workers.abort(id);
    return this.get(id, owner);
  }

  /**
   * The events of a job after one of them: known ones first, then each as it happens, until the job has ended.
   * @param follower id of the caller that follows it: callers share the places for that
   * @param after the id of the last event that is known; 0 for all
   * @throws `job_not_found`, `rate_limit_exceeded`, before the first event
   */
  async follow(
    id: string,
    { owner, follower }: { owner: string | undefined; follower: string },
    after: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<JobEvent>> {
    const [state] = await this.storage.states([id]);
    if (!state || (owner !== undefined && state.owner !== owner)) throw jobNotFound(id);
    const place = { caller: follower, amount: 1 };
    if (!this.following.take(place)) throw tooManyFollowers(this.following.usedBy(follower));
    let isGiven = false;
    const give = (): void => {
      if (!isGiven) this.following.give(place);
      isGiven = true;
    };
    // A caller that leaves before the first event never begins the generator.
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    return ending(this.followers.follow(id, after, signal), () => {
      signal.removeEventListener('abort', give);
      give();
    });
  }

  /**
   * Sends a message about a job again, as a new one.
   * @param number the message's, from 1 on
   * @throws `job_not_found`, `job_conflict` where there is no such message, or it is still being tried
   */
  async replay(id: string, owner: string | undefined, number: number): Promise<Job> {
    const { deliveries } = await this.get(id, owner);
    if (!deliveries[number - 1]) throw jobConflict(`The job "${id}" has no delivery ${number}.`);
    let refusal: string | undefined;
    const job = await changeJob(this.storage, id, (now) => {
      refusal = replayRefusal(now);
      if (refusal !== undefined) return undefined;
      return {
        changes: { deliveries: [...now.deliveries, { status: 'pending', attempts: [], nextAt: replayAt(now) }] },
      };
    });
    if (!job) throw jobNotFound(id);
    // Also a message that a process that is gone may have left unqueued.
    await enqueueDeliveries(this.storage, job);
    if (refusal !== undefined) throw jobConflict(refusal);
    return job;
  }

  /** Jobs that failed, of all owners: for operators. */
  deadLetters(limit: number, after?: JobPlace): Promise<JobList> {
    return this.page('*', { status: 'failed', limit, after });
  }

  /**
   * Queues a failed job again, with a day to live. The task of one that waits is enqueued, should it be missing.
   * @throws `job_not_found`, `job_conflict` where it did not fail, or has had all its deliveries
   */
  async requeue(id: string): Promise<Job> {
    const job = await changeJob(this.storage, id, ({ status, expiresAt, version, deliveries }) =>
      status === 'failed' && deliveries.length < MAX_DELIVERIES
        ? {
            status: 'queued',
            changes: {
              // The task of the run before may still be on its queue.
              run: version,
              attempts: 0,
              error: undefined,
              finishedAt: undefined,
              // Pending messages about the run before are not true any more.
              deliveries: deliveries.map((delivery) =>
                delivery.status === 'pending' ? { ...delivery, status: 'failed', nextAt: undefined } : delivery,
              ),
              expiresAt: Math.max(expiresAt, Date.now() + REQUEUE_TTL_MS),
            },
          }
        : undefined,
    );
    if (!job) throw jobNotFound(id);
    if (job.status === 'failed') throw jobConflict(fullRefusal(id));
    if (job.status !== 'queued') throw jobConflict(`The job "${id}" is ${job.status}; only failed jobs are re-queued.`);
    await this.storage.enqueue('jobs', { jobId: id, run: job.run }, { owner: job.owner });
    return job;
  }

  private page(reader: string, filter: Omit<JobFilter, 'maxBytes'>): Promise<JobList> {
    return this.pages.run(reader, () => this.storage.list({ ...filter, maxBytes: DEFAULT_JOBS_OPTIONS.pageBytes }));
  }
}

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

/** Passes events on, and calls a function at their end. */
async function* ending(events: AsyncIterable<JobEvent>, end: () => void): AsyncGenerator<JobEvent, void> {
  try {
    yield* events;
  } finally {
    end();
  }
}
