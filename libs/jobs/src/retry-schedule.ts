const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** When a message is tried: at once, and so long after the attempt before it. */
export const DELIVERY_DELAYS_MS = [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR] as const;

/** A receiver cannot ask for more. */
const MAX_RETRY_AFTER_MS = 24 * HOUR;

/**
 * How long to wait before the next attempt; `undefined` when there is none.
 * @param attempts those that were made
 * @param retryAfterMs what the receiver asks for at least
 */
export function deliveryDelayMs(
  attempts: number,
  retryAfterMs = 0,
  delaysMs: readonly number[] = DELIVERY_DELAYS_MS,
): number | undefined {
  const delay = delaysMs[attempts];
  return delay === undefined ? undefined : Math.max(jittered(delay), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
}

/** Times that a job is begun, where its faults can pass. */
export const MAX_JOB_ATTEMPTS = 8;

/** The longest `retryAfterMs` that delays a job. */
const MAX_JOB_RETRY_AFTER_MS = HOUR;

/** How long a job waits before it is begun again: twice as long each time, from a second to a minute. */
export function jobDelayMs(attempts: number, retryAfterMs = 0): number {
  const delay = jittered(Math.min(2 ** (attempts - 1) * SECOND, MINUTE));
  return Math.max(delay, Math.min(retryAfterMs, MAX_JOB_RETRY_AFTER_MS));
}

/** Up to a tenth more or less, so that what failed together does not come back together. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.9 + Math.random() * 0.2);
}
