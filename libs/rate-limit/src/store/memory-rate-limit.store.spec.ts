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

  it('takes the same time however many hits are in the window', () => {
    let now = 0;
    const time = (limit: number): number => {
      const store = new MemoryRateLimitStore(() => now);
      for (let i = 0; i < limit; i++) store.hit({ key: 'a', limit, windowMs: 1e9 });
      const startedAt = performance.now();
      for (let i = 0; i < 20_000; i++) {
        now += 1;
        store.hit({ key: 'a', limit, windowMs: 1e9 });
      }
      return performance.now() - startedAt;
    };
    const fastest = (limit: number): number => Math.min(...Array.from({ length: 5 }, () => time(limit)));
    // A log that is walked would take a thousand times as long.
    expect(fastest(100_000) / fastest(100)).toBeLessThan(20);
  });
});
