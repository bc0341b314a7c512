import { afterEach, describe, expect, it, vi } from 'vitest';
import { QueueClock } from './queue-clock.js';

const HOUR = 3_600_000;

describe(QueueClock.name, () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([-HOUR, HOUR])('goes on as before when the wall clock is set by %d ms', (change) => {
    const clock = new QueueClock();
    const before = clock.now();
    const real = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => real() + change);
    expect(Math.abs(clock.now() - before)).toBeLessThan(HOUR / 2);
  });

  it('goes on from what the storage has seen, and never back', () => {
    const clock = new QueueClock();
    const later = clock.now() + HOUR;
    clock.advanceTo(later);
    expect(clock.now()).toBeGreaterThanOrEqual(later);
    clock.advanceTo(later - 2 * HOUR);
    expect(clock.now()).toBeGreaterThanOrEqual(later);
  });
});
