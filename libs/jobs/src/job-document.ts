import type { Job, JobSummary } from './job.js';

/**
 * A job as a storage has it.
 * @throws an `Error` that tells why it is none: the text was damaged, or written by something else
 */
export function readJob(text: string, id: string): Job {
  const job = parsed(text) as Partial<Job> | null;
  const isJob =
    typeof job === 'object' && job?.id === id && typeof job.entry === 'string' && Array.isArray(job.deliveries);
  if (!isJob) throw new Error('its document is no job');
  return job as Job;
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
