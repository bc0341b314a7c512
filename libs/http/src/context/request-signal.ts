import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalidRequest } from '../errors/http.errors.js';

/** Longer than any answer may take; a timer cannot hold much more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * How long the caller would wait for his answer, from `X-Request-Timeout-Ms`.
 * @throws `invalid_request`
 */
export function requestTimeoutMs({ headers }: FastifyRequest): number | undefined {
  const header = headers['x-request-timeout-ms'];
  if (header === undefined) return undefined;
  const timeoutMs = /^\d{1,10}$/.test(String(header)) ? Number(header) : 0;
  if (timeoutMs >= 1) return Math.min(timeoutMs, MAX_TIMEOUT_MS);
  throw invalidRequest([{ pointer: '', detail: 'the header X-Request-Timeout-Ms must be milliseconds, 1 or more' }]);
}

/** A signal that fires when the caller leaves before his answer is complete or, as a `TimeoutError`, when it is late. */
export function requestSignal({ raw }: FastifyReply, timeoutMs: number | undefined): AbortSignal {
  const controller = new AbortController();
  const late = (): void => controller.abort(new DOMException('The caller waits no longer.', 'TimeoutError'));
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
  raw.once('close', () => {
    clearTimeout(timer);
    if (!raw.writableFinished) controller.abort();
  });
  if (raw.destroyed) controller.abort();
  return controller.signal;
}
