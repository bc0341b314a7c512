import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  isFinal,
  type Job,
  type JobStore,
  type JobTask,
  type OwnerLimits,
  type TaskQueue,
  type TaskResult,
} from '@frontier/durable';
import { isAppError, messageOf, type SerializedAppError } from '@frontier/errors';
import { AttachedOutput, attachedBytes } from './job-attachments.js';
import { changeJob, enqueueDeliveries, finishJob } from './job-changes.js';
import { noRoomForOutput } from './jobs.errors.js';
import { DEFAULT_JOBS_OPTIONS, type JobExecutor } from './jobs.options.js';
import { jobDelayMs, MAX_JOB_ATTEMPTS } from './schedule/retry-schedule.js';

/** Longest delay of a cancellation that another process took. */
const CANCEL_POLL_MS = 1000;

/**
 * Retryable errors that are not the job's fault and do not count as an attempt: the model is not there yet, or others come first. A job that
 * is over its caller's limit by itself is not retryable: it will never be admitted.
 */
const BACKPRESSURE_CODES = new Set([
  'model_loading',
  'overloaded',
  'queue_timeout',
  'shutting_down',
  'circuit_open',
  'rate_limit_exceeded',
]);

/** Attempts to store an output while the storage is away, and the time between them. */
const STORE_ATTEMPTS = 60;
const STORE_RETRY_MS = 1000;

/** Deferrals of a job that are events; one that is put back for days makes no list of it. */
const MAX_DEFERRAL_EVENTS = 16;

/** Runs the tasks of the queue `jobs`. */
export class JobRunner {
  private readonly logger = new Logger('Jobs');
  private readonly running = new Map<string, AbortController>();

  constructor(
    private readonly storage: JobStore & TaskQueue,
    private readonly executor: JobExecutor,
    private readonly limits: OwnerLimits = DEFAULT_JOBS_OPTIONS.ownerLimits,
  ) {}

  /** Ends a job that runs in this process. */
  abort(id: string): void {
    this.running.get(id)?.abort(new Error('cancelled'));
  }

  /** Runs a task until its job has ended, or is put back. */
  async run(task: JobTask, signal: AbortSignal): Promise<TaskResult> {
    const { jobId: id } = task;
    const job = await this.begin(task);
    if (!job) return {};
    const aborted = new AbortController();
    this.running.set(id, aborted);
    const poll = setInterval(() => void this.pollCancellation(id), CANCEL_POLL_MS).unref();
    const untilExpiry = Math.min(job.expiresAt - Date.now(), 2 ** 31 - 1);
    const expiry = setTimeout(() => aborted.abort(new Error('expired')), untilExpiry);
    try {
      const input = job.attachments?.input && (await attachedBytes(this.storage, job, 'input'));
      const output = await this.executor.execute(job.input, AbortSignal.any([signal, aborted.signal]), input);
      await this.succeed(id, output, signal);
      return {};
    } catch (error) {
      return await this.afterFault(job, error, signal);
    } finally {
      clearInterval(poll);
      clearTimeout(expiry);
      this.running.delete(id);
    }
  }

  /** Stores that a job runs; `undefined` where there is nothing to run. */
  private async begin({ jobId: id, run }: JobTask): Promise<Job | undefined> {
    const job = await this.storage.get(id);
    if (!job || job.run !== run) return undefined;
    if (isFinal(job.status)) {
      // It ended, and its process died before it enqueued the message.
      await enqueueDeliveries(this.storage, job);
      return undefined;
    }
    if (job.isCancelling || job.expiresAt <= Date.now()) {
      await finishJob(this.storage, id, job.isCancelling ? 'cancelled' : 'expired');
      return undefined;
    }
    if (job.attempts >= MAX_JOB_ATTEMPTS) {
      await finishJob(this.storage, id, 'failed', { error: abandoned(job.attempts) });
      return undefined;
    }
    const begun = await changeJob(this.storage, id, ({ status, attempts, deferrals = 0 }) =>
      isFinal(status)
        ? undefined
        : {
            status: 'running',
            isSilent: deferrals > MAX_DEFERRAL_EVENTS,
            changes: { startedAt: Date.now(), attempts: attempts + 1 },
          },
    );
    return begun && !isFinal(begun.status) ? begun : undefined;
  }

  /** Stores the output; where the storage cannot be written it waits a while, which costs less than to compute it again. */
  private async succeed(id: string, returned: unknown, signal: AbortSignal): Promise<void> {
    const result =
      returned instanceof AttachedOutput
        ? { output: returned.output, kept: { attachment: returned.attachment, limits: this.limits } }
        : { output: returned };
    for (let tries = 1; ; tries++) {
      try {
        return await finishJob(this.storage, id, 'succeeded', result);
      } catch (error) {
        if (isAppError(error) && error.code === 'rate_limit_exceeded') throw noRoomForOutput(error);
        const isAway = isAppError(error) && error.code === 'jobs_unavailable';
        if (!isAway || signal.aborted || tries >= STORE_ATTEMPTS) throw error;
        await sleep(STORE_RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  private async afterFault(
    { id, attempts, deferrals = 0 }: Job,
    error: unknown,
    signal: AbortSignal,
  ): Promise<TaskResult> {
    const now = await this.storage.get(id);
    if (!now) return {};
    if (isFinal(now.status)) {
      // It may have ended here, and its message could not be enqueued.
      await enqueueDeliveries(this.storage, now);
      return {};
    }
    if (now.isCancelling || now.expiresAt <= Date.now()) {
      await finishJob(this.storage, id, now.isCancelling ? 'cancelled' : 'expired');
      return {};
    }
    const fault = serialized(error);
    if (!isAppError(error)) this.logger.error(`${id}: ${messageOf(error)}`, error instanceof Error ? error.stack : '');
    const isBackpressure = signal.aborted || (fault.retryable && BACKPRESSURE_CODES.has(fault.code));
    if (!isBackpressure && (!fault.retryable || attempts >= MAX_JOB_ATTEMPTS)) {
      this.logger.warn(`${id} failed at attempt ${attempts}: ${fault.code}: ${messageOf(error)}`);
      await finishJob(this.storage, id, 'failed', { error: fault });
      return {};
    }
    const counted = isBackpressure ? { attempts: attempts - 1, deferrals: deferrals + 1 } : { attempts };
    await changeJob(this.storage, id, ({ status }) =>
      isFinal(status)
        ? undefined
        : { status: 'queued', isSilent: deferrals > MAX_DEFERRAL_EVENTS, changes: { error: fault, ...counted } },
    );
    const tries = isBackpressure ? deferrals + 1 : attempts;
    return { retry: { delayMs: signal.aborted ? 0 : jobDelayMs(tries, fault.retryAfterMs) } };
  }

  private async pollCancellation(id: string): Promise<void> {
    const [state] = await this.storage.states([id]).catch(() => []);
    if (state?.isCancelling) this.abort(id);
  }
}

/** Error of a job whose process ended at each attempt: the job itself may be the reason. */
function abandoned(attempts: number): SerializedAppError {
  const message = `It was begun ${attempts} times, and its process ended each time before the job did.`;
  return { message, code: 'internal_error', status: 500 };
}

function serialized(error: unknown): SerializedAppError {
  if (isAppError(error)) return { ...error.serialize(), message: error.publicMessage };
  return { message: "The job failed for a reason that is in the server's log.", code: 'internal_error', status: 500 };
}
