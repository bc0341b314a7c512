import { describe, expect, it } from 'vitest';
import { MemoryRateLimitStore } from './memory-rate-limit.store.js';

describe(MemoryRateLimitStore.name, () => {
  it('keeps clients apart', () => {
    const store = new MemoryRateLimitStore(() => 0);
    expect(store.hit({ key: 'a', limit: 1, windowMs: 10 }).allowed).toBe(true);
    expect(store.hit({ key: 'a', limit: 1, windowMs: 10 }).allowed).toBe(false);
    expect(store.hit({ key: 'b', limit: 1, windowMs: 10 }).allowed).toBe(true);
  });

  it('forgets clients who have gone', () => {
    let now = 0;
    const store = new MemoryRateLimitStore(() => now);
    for (let i = 0; i < 1000; i++) {
      now += 1;
      store.hit({ key: `client-${i}`, limit: 5, windowMs: 100 });
    }
    expect(store.size).toBeLessThan(110);
  });

  it('walks no hits of a full window to count another', () => {
    let now = 0;
    const limit = 100_000;
    const store = new MemoryRateLimitStore(() => now);
    for (let i = 0; i < limit; i++) store.hit({ key: 'a', limit, windowMs: 1e9 });
    const before = process.threadCpuUsage();
    for (let i = 0; i < 20_000; i++) {
      now += 1;
      store.hit({ key: 'a', limit, windowMs: 1e9 });
    }
    const { user, system } = process.threadCpuUsage(before);
    // It takes a few milliseconds; a walk over each window would take 2e9 comparisons.
    expect((user + system) / 1000).toBeLessThan(500);
  });
});
