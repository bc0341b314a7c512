import type { OwnedKey } from '@frontier/resilience';
import { describe, expect, it } from 'vitest';
import { MemoryCacheStore } from './memory-cache.store.js';

const of = (key: string, caller = 'me'): OwnedKey => ({ caller, key });

describe(MemoryCacheStore.name, () => {
  it('forgets what was not read for the longest time, by entries', () => {
    const store = new MemoryCacheStore({ maxEntries: 2, maxBytes: 1e6 });
    store.set(of('a'), 1, 1e6);
    store.set(of('b'), 2, 1e6);
    store.get(of('a'));
    store.set(of('c'), 3, 1e6);
    expect(['a', 'b', 'c'].map((key) => store.get(of(key)))).toEqual([1, undefined, 3]);
  });

  it('is bounded by bytes, and does not take what alone is too large', () => {
    const store = new MemoryCacheStore({ maxEntries: 1000, maxBytes: 10_000 });
    for (let i = 0; i < 100; i++) store.set(of(`key-${i}`), 'x'.repeat(500), 1e6);
    expect(store.bytes).toBeLessThanOrEqual(10_000);
    expect(store.get(of('key-99'))).toBe('x'.repeat(500));
    store.set(of('huge'), 'x'.repeat(10_000), 1e6);
    expect(store.get(of('huge'))).toBeUndefined();
  });

  it('takes nothing from a caller because of what another one keeps', () => {
    const store = new MemoryCacheStore({ maxEntries: 10, maxBytes: 10_000 });
    store.set(of('a', 'victim'), 1, 1e6);
    for (let i = 0; i < 100; i++) store.set(of(`key-${i}`, 'greedy'), 'x'.repeat(500), 1e6);
    for (let i = 0; i < 100; i++) store.set(of(`small-${i}`, 'greedy'), i, 1e6);
    expect([store.get(of('a', 'victim')), store.get(of('small-99', 'greedy'))]).toEqual([1, 99]);
  });

  it('forgets a value after its time', async () => {
    const store = new MemoryCacheStore({ maxEntries: 2, maxBytes: 1e6 });
    store.set(of('a'), 1, 20);
    expect(store.get(of('a'))).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(store.get(of('a'))).toBeUndefined();
  });
});
