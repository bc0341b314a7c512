import {
  type Attachment,
  type FinalStatus,
  isFinal,
  type Job,
  type JobEvent,
  type JobStatus,
  type JobStore,
  type OwnerLimits,
  sizeOf,
  type TaskQueue,
} from '@frontier/durable';
import type { SerializedAppError } from '@frontier/errors';
import { jobChannel, type JobChange } from './job-events.js';

/** Computes a change of a job; `undefined` leaves it as it is. `isSilent`: a change of its status is no event. */
type Change = (job: Job) => { changes: Partial<Job>; status?: JobStatus; isSilent?: boolean } | undefined;

/** An attachment of a job that succeeds, and the bounds of its owner's jobs. */
export interface KeptOutput {
  attachment: Attachment;
  limits: OwnerLimits;
}

/**
 * Changes a job, also where others do at the same time. A change of its status is an event of the job.
 * @param kept comes with the change
 * @returns the job after the change; `undefined` where there is none
 */
export async function changeJob(
  store: JobStore,
  id: string,
  change: Change,
  kept?: KeptOutput,
): Promise<Job | undefined> {
  for (;;) {
    const job = await store.get(id);
    const wanted = job && change(job);
    if (!wanted) return job;
    const { changes, status, isSilent } = wanted;
    const changed: Job = { ...job, ...changes, status: status ?? job.status };
    const event: Omit<JobEvent, 'id'> | undefined =
      status && !isSilent
        ? {
            at: Date.now(),
            status,
            attempts: changed.attempts,
            error: changed.error,
          }
        : undefined;
    if (!(await store.update(changed, event, kept?.attachment, kept?.limits))) continue;
    if (status) publishChange(changed);
    return { ...changed, version: changed.version + 1 };
  }
}

/** Publishes the present status of a job. */
export function publishChange(job: Job): void {
  jobChannel.publish(changeOf(job));
}

/** The present status of a job, as the channels have it. */
export function changeOf({ id, owner, status, attempts }: Job): JobChange {
  return { id, owner, status, attempts };
}

/**
 * Ends a job once: later calls change nothing. A job with a callback gets a message to deliver.
 * @throws `rate_limit_exceeded` where its owner has no room for `kept`
 */
export async function finishJob(
  storage: JobStore & TaskQueue,
  id: string,
  status: FinalStatus,
  { kept, ...result }: { output?: unknown; error?: SerializedAppError; kept?: KeptOutput } = {},
): Promise<void> {
  const end: Change = ({ status: now, callback, deliveries: before, attachments: known }) => {
    if (isFinal(now)) return undefined;
    const due = callback ? [{ status: 'pending' as const, attempts: [], nextAt: Date.now() }] : [];
    const deliveries = [...before, ...due];
    const attachments = kept ? { ...known, output: sizeOf(kept.attachment) } : known;
    const ended = { finishedAt: Date.now(), isCancelling: undefined, deliveries, attachments };
    return { status, changes: { ...result, ...ended } };
  };
  const job = await changeJob(storage, id, end, kept);
  if (job) await enqueueDeliveries(storage, job);
}

/** Enqueues the pending messages of a job; tasks that are there stay. */
export async function enqueueDeliveries(queue: TaskQueue, { id, owner, deliveries }: Job): Promise<void> {
  for (const [i, { status, nextAt = 0 }] of deliveries.entries()) {
    if (status !== 'pending') continue;
    const task = { jobId: id, delivery: i + 1 };
    await queue.enqueue('deliveries', task, { owner, delayMs: Math.max(0, nextAt - Date.now()) });
  }
}
