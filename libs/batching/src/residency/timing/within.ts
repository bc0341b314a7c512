/** Whether a promise is fulfilled before a time is over and a signal is aborted. */
export async function within(promise: Promise<unknown>, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  const { promise: end, resolve } = Promise.withResolvers<boolean>();
  const giveUp = (): void => resolve(false);
  const timer = setTimeout(giveUp, Math.min(timeoutMs, MAX_TIMER_MS));
  signal.addEventListener('abort', giveUp, { once: true });
  promise.then(() => resolve(true), giveUp);
  try {
    return await end;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** A timer cannot hold more. */
const MAX_TIMER_MS = 2 ** 31 - 1;
