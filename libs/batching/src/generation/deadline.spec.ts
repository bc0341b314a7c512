import { describe, expect, it } from 'vitest';
import { createDeadline, isTimeout, remainingMs } from './deadline.js';

describe(createDeadline, () => {
  it('never ends without options', () => {
    const deadline = createDeadline();
    expect([deadline.at, remainingMs(deadline), deadline.signal.aborted]).toEqual([Infinity, Infinity, false]);
  });

  it('ends after a time, as a timeout', async () => {
    const deadline = createDeadline({ timeoutMs: 5, signal: new AbortController().signal });
    expect(remainingMs(deadline)).toBeLessThanOrEqual(5);
    await new Promise((resolve) => deadline.signal.addEventListener('abort', resolve));
    expect(isTimeout(deadline.signal)).toBe(true);
    // Timers count whole milliseconds.
    expect(remainingMs(deadline)).toBeLessThan(2);
  });

  it('ends when the caller leaves, which is no timeout', () => {
    const caller = new AbortController();
    const { signal } = createDeadline({ timeoutMs: 60_000, signal: caller.signal });
    caller.abort();
    expect([signal.aborted, isTimeout(signal)]).toEqual([true, false]);
  });
});
