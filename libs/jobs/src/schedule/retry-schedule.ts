import { noJitterGenerator } from 'cockatiel';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Delays before the attempts to deliver a message: the first at once, the others after the attempt before. */
export const DELIVERY_DELAYS_MS = [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR] as const;

/** A receiver cannot ask for more. */
const MAX_RETRY_AFTER_MS = 24 * HOUR;

/**
 * The delay before the next attempt; `undefined` when there is none.
 * @param attempts the number of attempts so far
 * @param retryAfterMs the least delay that the receiver asks for
 */
export function deliveryDelayMs(
  attempts: number,
  retryAfterMs = 0,
  delaysMs: readonly number[] = DELIVERY_DELAYS_MS,
): number | undefined {
  const delay = delaysMs[attempts];
  return delay === undefined ? undefined : Math.max(jittered(delay), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
}

/** Attempts at a job whose errors are retryable. */
export const MAX_JOB_ATTEMPTS = 8;

/** The longest `retryAfterMs` that delays a job. */
const MAX_JOB_RETRY_AFTER_MS = HOUR;

const JOB_BACKOFF = { initialDelay: SECOND, maxDelay: MINUTE, exponent: 2, generator: noJitterGenerator };

/** The delay before a job's next attempt: from a second on, twice as long each time, at most a minute. */
export function jobDelayMs(attempts: number, retryAfterMs = 0): number {
  const [delay] = noJitterGenerator(attempts - 1, JOB_BACKOFF);
  return Math.max(jittered(delay), Math.min(retryAfterMs, MAX_JOB_RETRY_AFTER_MS));
}

/** Up to a tenth more or less, so that tasks that failed together do not come back together. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.9 + Math.random() * 0.2);
}
