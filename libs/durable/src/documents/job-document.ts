import type { Job, JobSummary } from '../ports/job.js';
import { decodeTask, encodeTask } from '../ports/task.js';

/** A job as storages have it. Files and servers of older versions have these names, so they stay. */
type StoredJob = Omit<Job, 'run' | 'deferrals'> & { entry: string; waits?: number };

/** The text of a job's document. */
export function writeJob({ run, deferrals, ...job }: Job): string {
  return JSON.stringify({ ...job, entry: encodeTask({ jobId: job.id, run }), waits: deferrals } satisfies StoredJob);
}

/**
 * A job of its document.
 * @throws an `Error` with the reason: the text was damaged, or written by another program
 */
export function readJob(text: string, id: string): Job {
  const stored = parsed(text) as Partial<StoredJob> | null;
  const isJob =
    typeof stored === 'object' &&
    stored?.id === id &&
    typeof stored.entry === 'string' &&
    Array.isArray(stored.deliveries);
  if (!isJob) throw new Error('its document is no job');
  const { entry, waits, ...job } = stored as StoredJob;
  return { ...job, run: decodeTask('jobs', entry).run, deferrals: waits };
}

/** A job without what only its execution and its deliveries need. */
export function summaryOf(job: Job): JobSummary {
  const { input: _, deliveries: __, ...summary } = job;
  return summary;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('its document is no JSON');
  }
}
