import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { isAppError, messageOf, type SerializedAppError } from '@frontier/errors';
import { changeJob, enqueueDeliveries, finishJob } from './job-changes.js';
import type { JobExecutor } from './job-executor.js';
import { isFinal, type Job } from './job.js';
import type { JobQueue, Outcome } from './job-queue.js';
import { jobDelayMs, MAX_JOB_ATTEMPTS } from './retry-schedule.js';

/** How soon a job that another process was asked to cancel ends here. */
const CANCEL_POLL_MS = 1000;

/**
 * What is not the job's fault does not count as an attempt: the model is not there yet, or others come first. Only where it can pass: a
 * job that is over its caller's limit by itself will never be admitted.
 */
const PATIENT_CODES = new Set([
  'model_loading',
  'overloaded',
  'queue_timeout',
  'shutting_down',
  'circuit_open',
  'rate_limit_exceeded',
]);

/** Attempts to keep an output while the storage is away, and the time between them. */
const KEEP_TRIES = 60;
const KEEP_AGAIN_MS = 1000;

/** Waits of a job that are events; one that waits for days does not make a list of it. */
const MAX_WAIT_EVENTS = 16;

/** Works on the jobs of a queue. */
export class JobRunner {
  private readonly logger = new Logger('Jobs');
  private readonly running = new Map<string, AbortController>();

  constructor(
    private readonly queue: JobQueue,
    private readonly executor: JobExecutor,
  ) {}

  /** Ends a job that runs in this process. */
  abort(id: string): void {
    this.running.get(id)?.abort(new Error('cancelled'));
  }

  /** Works on an entry of the lane `jobs`. */
  async run(entry: string, signal: AbortSignal): Promise<Outcome> {
    const [id] = entry.split(':', 1);
    const job = await this.begin(id, entry);
    if (!job) return {};
    const aborted = new AbortController();
    this.running.set(id, aborted);
    const poll = setInterval(() => void this.pollCancellation(id), CANCEL_POLL_MS).unref();
    const untilExpiry = Math.min(job.expiresAt - Date.now(), 2 ** 31 - 1);
    const expiry = setTimeout(() => aborted.abort(new Error('expired')), untilExpiry);
    try {
      const output = await this.executor.execute(job.input, AbortSignal.any([signal, aborted.signal]));
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

  /** Notes that a job runs; `undefined` where there is nothing to run. */
  private async begin(id: string, entry: string): Promise<Job | undefined> {
    const job = await this.queue.get(id);
    if (job?.entry !== entry) return undefined;
    if (isFinal(job.status)) {
      // It ended, and its process before it could say so.
      await enqueueDeliveries(this.queue, job);
      return undefined;
    }
    if (job.isCancelling || job.expiresAt <= Date.now()) {
      await finishJob(this.queue, id, job.isCancelling ? 'cancelled' : 'expired');
      return undefined;
    }
    if (job.attempts >= MAX_JOB_ATTEMPTS) {
      await finishJob(this.queue, id, 'failed', { error: abandoned(job.attempts) });
      return undefined;
    }
    const begun = await changeJob(this.queue, id, ({ status, attempts, waits = 0 }) =>
      isFinal(status)
        ? undefined
        : {
            status: 'running',
            isSilent: waits > MAX_WAIT_EVENTS,
            changes: { startedAt: Date.now(), attempts: attempts + 1 },
          },
    );
    return begun && !isFinal(begun.status) ? begun : undefined;
  }

  /** Keeps what was computed; where the storage cannot be written it waits a while, which costs less than to compute it again. */
  private async succeed(id: string, output: unknown, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await finishJob(this.queue, id, 'succeeded', { output });
      } catch (error) {
        const isAway = isAppError(error) && error.code === 'jobs_unavailable';
        if (!isAway || signal.aborted || tries >= KEEP_TRIES) throw error;
        await sleep(KEEP_AGAIN_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  private async afterFault({ id, attempts, waits = 0 }: Job, error: unknown, signal: AbortSignal): Promise<Outcome> {
    const now = await this.queue.get(id);
    if (!now) return {};
    if (isFinal(now.status)) {
      // It may have ended here, and its message have found no place on its lane.
      await enqueueDeliveries(this.queue, now);
      return {};
    }
    if (now.isCancelling || now.expiresAt <= Date.now()) {
      await finishJob(this.queue, id, now.isCancelling ? 'cancelled' : 'expired');
      return {};
    }
    const fault = serialized(error);
    if (!isAppError(error)) this.logger.error(`${id}: ${messageOf(error)}`, error instanceof Error ? error.stack : '');
    const isPatient = signal.aborted || (fault.retryable && PATIENT_CODES.has(fault.code));
    if (!isPatient && (!fault.retryable || attempts >= MAX_JOB_ATTEMPTS)) {
      this.logger.warn(`${id} failed at attempt ${attempts}: ${fault.code}: ${messageOf(error)}`);
      await finishJob(this.queue, id, 'failed', { error: fault });
      return {};
    }
    const counted = isPatient ? { attempts: attempts - 1, waits: waits + 1 } : { attempts };
    await changeJob(this.queue, id, ({ status }) =>
      isFinal(status)
        ? undefined
        : { status: 'queued', isSilent: waits > MAX_WAIT_EVENTS, changes: { error: fault, ...counted } },
    );
    const tries = isPatient ? waits + 1 : attempts;
    return { again: { delayMs: signal.aborted ? 0 : jobDelayMs(tries, fault.retryAfterMs) } };
  }

  private async pollCancellation(id: string): Promise<void> {
    const [state] = await this.queue.states([id]).catch(() => []);
    if (state?.isCancelling) this.abort(id);
  }
}

/** A job whose process ended each time, before it could tell how the job did: it may be the job that ends it. */
function abandoned(attempts: number): SerializedAppError {
  const message = `It was begun ${attempts} times, and its process ended each time before the job did.`;
  return { message, code: 'internal_error', status: 500 };
}

function serialized(error: unknown): SerializedAppError {
  if (isAppError(error)) return { ...error.serialize(), message: error.publicMessage };
  return { message: "The job failed for a reason that is in the server's log.", code: 'internal_error', status: 500 };
}
