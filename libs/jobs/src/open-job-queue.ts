import type { JobQueue } from './job-queue.js';
import type { JobsModuleOptions } from './jobs.options.js';

/** Opens the queue that the options name. What it does not need is not loaded. */
export async function openJobQueue({
  folder,
  redisUrl,
}: Pick<JobsModuleOptions, 'folder' | 'redisUrl'>): Promise<JobQueue> {
  let queue: JobQueue;
  if (redisUrl === undefined) {
    const { SqliteJobQueue } = await import('./sqlite/sqlite-job.queue.js');
    queue = new SqliteJobQueue(folder);
  } else {
    const { BullJobQueue } = await import('./redis/bull-job.queue.js');
    queue = new BullJobQueue(redisUrl);
  }
  await queue.open();
  return queue;
}
