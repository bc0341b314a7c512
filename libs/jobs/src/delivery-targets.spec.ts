import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryPermit, DeliveryTargets } from './delivery-targets.js';

const FAULT = { isFault: true, durationMs: 10 };
const GOOD = { isFault: false, durationMs: 10 };

describe(DeliveryTargets.name, () => {
  let targets: DeliveryTargets;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout'] });
    targets = new DeliveryTargets();
  });
  afterEach(() => void vi.useRealTimers());

  const permit = (owner = 'me', host = 'dead.example'): DeliveryPermit => {
    const permission = targets.admit(owner, host);
    if ('waitMs' in permission) throw new Error(`It must wait for ${permission.waitMs} ms.`);
    return permission;
  };
  const waitMs = (owner = 'me', host = 'dead.example'): number => {
    const permission = targets.admit(owner, host);
    if ('end' in permission) permission.end(undefined);
    return 'waitMs' in permission ? permission.waitMs : 0;
  };
  /** A breaker hears of a fault a microtask later. */
  const fail = async (times = 5): Promise<void> => {
    for (let i = 0; i < times; i++) permit().end(FAULT);
    await vi.advanceTimersByTimeAsync(0);
  };

  it('lets messages for a dead target wait, one behind the other, and then one try', async () => {
    await fail();
    const waits = Array.from({ length: 100 }, () => waitMs());
    expect(waits[0]).toBeGreaterThan(60_000);
    // Not all at once: a second apart.
    expect(waits.every((wait, i) => i === 0 || Math.round(wait - waits[i - 1]) === 1000)).toBe(true);
    await vi.advanceTimersByTimeAsync(60_001);
    const probe = permit();
    expect(waitMs()).toBeGreaterThan(0);
    probe.end(GOOD);
    await vi.advanceTimersByTimeAsync(0);
    expect(waitMs()).toBe(0);
  });

  it('goes on waiting when the try fails, and makes nobody wait longer than an hour', async () => {
    await fail();
    await vi.advanceTimersByTimeAsync(60_001);
    permit().end(FAULT);
    await vi.advanceTimersByTimeAsync(0);
    expect(waitMs()).toBeGreaterThan(59_000);
    for (let i = 0; i < 10_000; i++) waitMs();
    expect(waitMs()).toBeLessThanOrEqual(3_600_000);
  });

  it('keeps owners apart: what one makes of a host says nothing about the messages of another', async () => {
    await fail();
    expect([waitMs('me'), waitMs('other'), waitMs('me', 'alive.example')].map((wait) => wait > 0)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('counts faults in a row, and no answer that is none', async () => {
    await fail(4);
    permit().end(GOOD);
    await fail(4);
    permit().end(undefined);
    expect(waitMs()).toBe(0);
    await fail(1);
    expect(waitMs()).toBeGreaterThan(0);
  });

  it('gives a slow target two places, and the others of its messages turns as long as its attempts take', () => {
    permit().end({ isFault: false, durationMs: 8000 });
    const [one, two] = [permit(), permit()];
    expect([waitMs(), waitMs()].map(Math.round)).toEqual([4000, 8000]);
    one.end({ isFault: false, durationMs: 100 });
    expect(waitMs()).toBe(0);
    two.end({ isFault: false, durationMs: 100 });
    for (let i = 0; i < 20; i++) permit();
  });

  it('remembers a bounded number of targets', async () => {
    await fail();
    for (let i = 0; i < 63; i++) waitMs('me', `host${i}.example`);
    expect(waitMs()).toBeGreaterThan(0);
    for (let i = 0; i < 64; i++) waitMs('me', `host${i}.example`);
    expect(waitMs()).toBe(0);
    for (let i = 0; i < 5000; i++) waitMs(`owner${i}`);
    expect((targets as unknown as { owners: Map<string, unknown> }).owners.size).toBe(1024);
  });
});
