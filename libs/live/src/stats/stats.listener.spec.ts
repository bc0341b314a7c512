import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StatsListener } from './stats.listener.js';

describe(StatsListener, () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('has a gap for the seconds in which the process was stopped', () => {
    const stats = new StatsListener();
    stats.of('m').onState(true);
    const roll = (afterMs: number): void => {
      vi.setSystemTime(Date.now() + afterMs);
      stats.roll();
    };
    for (const afterMs of [1000, 1001, 4000, 999]) roll(afterMs);
    expect(stats.of('m').values('running')).toEqual([0, 0, null, null, null, 0, 0]);
    roll(3_600_000);
    expect(stats.of('m').values('running')).toEqual([0]);
  });
});
