import { describe, expect, it } from 'vitest';
import { stopSignals } from './stop-signals.js';

describe(stopSignals, () => {
  it('stops at the first signal, ignores copies within a second, and ends at once at a later one', () => {
    const calls: string[] = [];
    let now = 5000;
    const listener = stopSignals(
      { stop: (signal) => calls.push(`stop ${signal}`), exit: (signal) => calls.push(`exit ${signal}`) },
      () => now,
    );
    listener('SIGINT');
    listener('SIGINT');
    now += 1000;
    listener('SIGTERM');
    expect(calls).toEqual(['stop SIGINT']);
    now += 1;
    listener('SIGTERM');
    expect(calls).toEqual(['stop SIGINT', 'exit SIGTERM']);
  });
});
