/** The end of a caller's wait for a request; made once, where the request comes in, and passed down. */
export interface Deadline {
  /** On the clock of `performance.now()`; `Infinity` where the caller sets no time. */
  readonly at: number;
  /** Aborted with a `TimeoutError` at that time, and with any other reason when the caller leaves. */
  readonly signal: AbortSignal;
}

export interface DeadlineOptions {
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** The longest time of a timer. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * A deadline from now on; without options, none. The signal is aborted when the caller leaves.
 */
export function createDeadline({ timeoutMs = Infinity, signal }: DeadlineOptions = {}): Deadline {
  const at = performance.now() + timeoutMs;
  const timeout = timeoutMs <= MAX_TIMER_MS ? AbortSignal.timeout(timeoutMs) : undefined;
  if (timeout && signal) return { at, signal: AbortSignal.any([signal, timeout]) };
  return { at, signal: timeout ?? signal ?? new AbortController().signal };
}

/** The time that is left, in milliseconds. */
export function remainingMs({ at }: Deadline): number {
  return Math.max(0, at - performance.now());
}

/** Whether a signal was aborted because a time is up. */
export function isTimeout(signal: AbortSignal): boolean {
  const reason: unknown = signal.reason;
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
