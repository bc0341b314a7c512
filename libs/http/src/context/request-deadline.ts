import { invalidRequest } from '../errors/http.errors.js';
import { type HttpRequest, type HttpResponse, rawResponse } from './http-exchange.js';

/** The end of a caller's wait. */
export interface RequestDeadline {
  /** On the clock of `performance.now()`; `Infinity` where the caller sets no time. */
  readonly at: number;
  /** Aborted with a `TimeoutError` at that time, and with an `AbortError` when the caller leaves before the response is complete. */
  readonly signal: AbortSignal;
}

/** Longer than any response may take; a timer cannot hold much more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const known = new WeakMap<object, RequestDeadline>();

/**
 * The deadline of a request: `X-Request-Timeout-Ms` from now on, or when its caller leaves. The same one each time.
 * @throws `invalid_request`
 */
export function requestDeadline({ headers }: HttpRequest, response: HttpResponse): RequestDeadline {
  const raw = rawResponse(response);
  let deadline = known.get(raw);
  if (!deadline) known.set(raw, (deadline = newDeadline(timeoutOf(headers['x-request-timeout-ms']), raw)));
  return deadline;
}

function newDeadline(timeoutMs: number | undefined, raw: ReturnType<typeof rawResponse>): RequestDeadline {
  const controller = new AbortController();
  const expire = (): void => controller.abort(new DOMException('The caller waits no longer.', 'TimeoutError'));
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
  raw.once('close', () => {
    clearTimeout(timer);
    if (!raw.writableFinished) controller.abort();
  });
  if (raw.destroyed) controller.abort();
  return { at: timeoutMs === undefined ? Infinity : performance.now() + timeoutMs, signal: controller.signal };
}

function timeoutOf(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const timeoutMs = /^\d{1,10}$/.test(String(header)) ? Number(header) : 0;
  if (timeoutMs >= 1) return Math.min(timeoutMs, MAX_TIMEOUT_MS);
  throw invalidRequest([{ pointer: '', detail: 'the header X-Request-Timeout-Ms must be milliseconds, 1 or more' }]);
}
