import type { Job } from '@frontier/durable';

/** The most messages about a job. */
export const MAX_DELIVERIES = 20;
/** The least time between two messages about a job. */
const REPLAY_SPACING_MS = 1000;

/** The reason why no message about a job can be sent again. */
export function replayRefusal({ id, deliveries }: Job): string | undefined {
  if (deliveries.some(({ status }) => status === 'pending'))
    return `The job "${id}" has a delivery that is still being tried.`;
  return deliveries.length >= MAX_DELIVERIES ? fullRefusal(id) : undefined;
}

/** The reason where a job has all its messages. */
export function fullRefusal(id: string): string {
  return `The job "${id}" has ${MAX_DELIVERIES} deliveries, the most that a job may have.`;
}

/** The earliest time of the next message about a job. */
export function replayAt({ deliveries }: Job): number {
  const lastTriedAt = deliveries.at(-1)?.attempts.at(-1)?.at ?? 0;
  return Math.max(Date.now(), Math.min(lastTriedAt, Date.now()) + REPLAY_SPACING_MS);
}
