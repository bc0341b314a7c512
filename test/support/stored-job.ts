import type { Job } from '@frontier/durable';

/** A queued job as its storage holds it. */
export function aJob(id: string, changes: Partial<Job> = {}): Job {
  return {
    id,
    version: 0,
    status: 'queued',
    owner: 'me',
    input: { prompt: 'é€😀' },
    priority: 'normal',
    createdAt: 1000,
    expiresAt: Date.now() + 60_000,
    attempts: 0,
    deliveries: [],
    ...changes,
  };
}
