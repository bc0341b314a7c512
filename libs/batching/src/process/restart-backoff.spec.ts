import { describe, expect, it } from 'vitest';
import { RestartBackoff } from './restart-backoff.js';

describe(RestartBackoff.name, () => {
  it('starts at once the first time, then waits twice as long each time, up to 30 s', () => {
    const backoff = new RestartBackoff();
    expect(Array.from({ length: 9 }, () => backoff.next(100))).toEqual([
      0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
  });

  it('starts at once after a process that ran well', () => {
    const backoff = new RestartBackoff();
    for (let i = 0; i < 5; i++) backoff.next(100);
    expect([backoff.next(60_000), backoff.next(100)]).toEqual([0, 500]);
  });
});
