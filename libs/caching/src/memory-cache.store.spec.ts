import { describe, expect, it } from 'vitest';
import { MemoryCacheStore } from './memory-cache.store.js';

describe(MemoryCacheStore.name, () => {
  it('forgets what was not read for the longest time, by entries', () => {
    const store = new MemoryCacheStore({ maxEntries: 2, maxBytes: 1e6 });
    store.set('a', 1, 1e6);
    store.set('b', 2, 1e6);
    store.get('a');
    store.set('c', 3, 1e6);
    expect(['a', 'b', 'c'].map((key) => store.get(key))).toEqual([1, undefined, 3]);
  });

  it('is bounded by bytes, and does not take what alone is too large', () => {
    const store = new MemoryCacheStore({ maxEntries: 1000, maxBytes: 10_000 });
    for (let i = 0; i < 100; i++) store.set(`key-${i}`, 'x'.repeat(500), 1e6);
    expect(store.bytes).toBeLessThanOrEqual(10_000);
    expect(store.get('key-99')).toBe('x'.repeat(500));
    store.set('huge', 'x'.repeat(10_000), 1e6);
    expect(store.get('huge')).toBeUndefined();
  });

  it('forgets a value after its time', async () => {
    const store = new MemoryCacheStore({ maxEntries: 2, maxBytes: 1e6 });
    store.set('a', 1, 20);
    expect(store.get('a')).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(store.get('a')).toBeUndefined();
  });
});
