import type { SerializedAppError } from '@frontier/errors';
import type { FinalStatus, Job, JobEvent, JobStatus } from './job.js';
import { isFinal } from './job.js';
import { jobChannel, type JobChange } from './job-events.js';
import type { JobQueue } from './job-queue.js';

/** Computes a change of a job; `undefined` leaves it as it is. `isSilent`: a change of its status is no event. */
export type Change = (job: Job) => { changes: Partial<Job>; status?: JobStatus; isSilent?: boolean } | undefined;

/**
 * Changes a job, however many others do at once. A change of its status is an event of the job.
 * @returns the job as it is then; `undefined` where there is none
 */
export async function changeJob(queue: JobQueue, id: string, change: Change): Promise<Job | undefined> {
  for (;;) {
    const job = await queue.get(id);
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
    if (!(await queue.update(changed, event))) continue;
    if (status) jobChannel.publish({ id, status } satisfies JobChange);
    return { ...changed, version: changed.version + 1 };
  }
}

/** Ends a job once: who comes late changes nothing. Its callback gets a message to deliver. */
export async function finishJob(
  queue: JobQueue,
  id: string,
  status: FinalStatus,
  result: { output?: unknown; error?: SerializedAppError } = {},
): Promise<void> {
  const job = await changeJob(queue, id, ({ status: now, callback, deliveries: before }) => {
    if (isFinal(now)) return undefined;
    const due = callback ? [{ status: 'pending' as const, attempts: [], nextAt: Date.now() }] : [];
    const deliveries = [...before, ...due];
    return { status, changes: { ...result, finishedAt: Date.now(), isCancelling: undefined, deliveries } };
  });
  if (job) await enqueueDeliveries(queue, job);
}

/** Puts messages that are to be delivered on their lane; those that are there stay. */
export async function enqueueDeliveries(queue: JobQueue, { id, owner, deliveries }: Job): Promise<void> {
  for (const [i, { status, nextAt = 0 }] of deliveries.entries()) {
    if (status !== 'pending') continue;
    await queue.enqueue('deliveries', deliveryEntry(id, i + 1), { owner, delayMs: Math.max(0, nextAt - Date.now()) });
  }
}

/** The entry of a job's message; messages count from 1 on. */
export function deliveryEntry(id: string, number: number): string {
  return `${id}:${number}`;
}
