import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalidRequest } from '../errors/http.errors.js';

/** Longer than any answer may take; a timer cannot hold much more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * The longest that the caller waits for the answer, from `X-Request-Timeout-Ms`.
 * @throws `invalid_request`
 */
export function requestTimeoutMs({ headers }: FastifyRequest): number | undefined {
  const header = headers['x-request-timeout-ms'];
  if (header === undefined) return undefined;
  const timeoutMs = /^\d{1,10}$/.test(String(header)) ? Number(header) : 0;
  if (timeoutMs >= 1) return Math.min(timeoutMs, MAX_TIMEOUT_MS);
  throw invalidRequest([{ pointer: '', detail: 'the header X-Request-Timeout-Ms must be milliseconds, 1 or more' }]);
}

/** The end of a caller's wait: a time on the clock of `performance.now()`, and a signal that fires then, or when the caller leaves. */
export interface RequestDeadline {
  /** `Infinity` where the caller sets no time. */
  readonly at: number;
  /** Aborted with a `TimeoutError` at that time, and with any other reason when the caller leaves before the answer is complete. */
  readonly signal: AbortSignal;
}

/** The one deadline of a request, for all that works on it. */
export function requestDeadline({ raw }: FastifyReply, timeoutMs: number | undefined): RequestDeadline {
  const controller = new AbortController();
  const late = (): void => controller.abort(new DOMException('The caller waits no longer.', 'TimeoutError'));
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
  raw.once('close', () => {
    clearTimeout(timer);
    if (!raw.writableFinished) controller.abort();
  });
  if (raw.destroyed) controller.abort();
  return { at: timeoutMs === undefined ? Infinity : performance.now() + timeoutMs, signal: controller.signal };
}
