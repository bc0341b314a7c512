import { MAX_TIMER_MS } from '../../generation/deadline.js';

/** Waits for a promise, a time or a signal, whichever comes first; never rejects. */
export async function within(promise: Promise<unknown>, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const settle = (): void => resolve();
  const timer = setTimeout(settle, Math.min(timeoutMs, MAX_TIMER_MS));
  signal.addEventListener('abort', settle, { once: true });
  promise.then(settle, settle);
  try {
    await end;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', settle);
  }
}
