import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { SharedEntries } from './shared-entries.js';

const TTL_MS = 60_000;

describe(SharedEntries, () => {
  const add = (entries: SharedEntries<number>, caller: string, key: string, bytes: number): boolean =>
    entries.set({ caller, key }, bytes, { bytes, ttlMs: TTL_MS });

  it('lets one caller alone fill all of it, and drops what it used least recently', () => {
    const entries = new SharedEntries<number>({ maxBytes: 10 });
    for (const key of ['a', 'b', 'c']) expect(add(entries, 'alone', key, 3)).toBe(true);
    entries.get({ caller: 'alone', key: 'a' });
    expect(add(entries, 'alone', 'd', 3)).toBe(true);
    const keys = [...entries.entries()].map(([{ key }]) => key);
    expect([keys, entries.usedBytes]).toEqual([['c', 'a', 'd'], 9]);
  });

  it('makes room for a caller below its share by the entries of the one that holds most', () => {
    const entries = new SharedEntries<number>({ maxBytes: 100 });
    for (let i = 0; i < 10; i++) add(entries, 'greedy', String(i), 10);
    for (let i = 0; i < 5; i++) expect(add(entries, 'late', String(i), 10)).toBe(true);
    expect(add(entries, 'late', '5', 10)).toBe(true);
    const held = (caller: string): number => [...entries.entries()].filter(([key]) => key.caller === caller).length;
    expect([held('greedy'), held('late')]).toEqual([5, 5]);
    expect(entries.get({ caller: 'late', key: '0' })).toBeUndefined();
  });

  it('gives up nothing for a value that would have no room all the same', () => {
    const entries = new SharedEntries<number>({ maxBytes: 100 });
    for (const caller of ['a', 'b']) for (let i = 0; i < 5; i++) add(entries, caller, String(i), 10);
    expect([add(entries, 'a', 'large', 51), add(entries, 'a', 'huge', 101)]).toEqual([false, false]);
    expect(entries.size).toBe(10);
  });

  it('keeps equal keys of two callers apart, and forgets what has expired', () => {
    vi.useFakeTimers();
    try {
      const entries = new SharedEntries<number>({ maxBytes: 10 });
      entries.set({ caller: 'a', key: 'k' }, 1, { bytes: 5, ttlMs: 10 });
      entries.set({ caller: 'b', key: 'k' }, 2, { bytes: 5, ttlMs: 20_000 });
      expect([entries.get({ caller: 'a', key: 'k' }), entries.get({ caller: 'b', key: 'k' })]).toEqual([1, 2]);
      vi.advanceTimersByTime(15_000);
      expect(add(entries, 'b', 'more', 5)).toBe(true);
      expect(entries.get({ caller: 'b', key: 'k' })).toBe(2);
      expect(entries.get({ caller: 'a', key: 'k' })).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it('never holds more than its capacity, and takes nothing from a caller that holds no more than its share', () => {
    const action = fc.record({
      caller: fc.constantFrom('a', 'b', 'c', 'd'),
      key: fc.nat(30),
      bytes: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
        const entries = new SharedEntries<number>({ maxBytes: 100, maxEntries: 20 });
        const held = (): Map<string, number[]> => {
          const sums = new Map<string, number[]>();
          for (const [{ caller }, bytes] of entries.entries()) {
            sums.set(caller, [...(sums.get(caller) ?? []), bytes]);
          }
          return sums;
        };
        for (const { caller, key, bytes } of actions) {
          const before = held();
          const callers = new Set([...before.keys(), caller]).size;
          const isKept = add(entries, caller, String(key), bytes);
          const after = held();
          expect(entries.usedBytes).toBeLessThanOrEqual(100);
          expect(entries.size).toBeLessThanOrEqual(20);
          expect(entries.usedBytes).toBe([...after.values()].flat().reduce((sum, one) => sum + one, 0));
          if (bytes <= 100 / callers) expect(isKept).toBe(true);
          for (const [other, own] of before) {
            if (other === caller) continue;
            const used = own.reduce((sum, one) => sum + one, 0);
            if (used <= 100 / callers && own.length <= 20 / callers) expect(after.get(other)).toEqual(own);
          }
        }
        entries.clear();
        expect([entries.usedBytes, entries.size]).toEqual([0, 0]);
      }),
    );
  });

  it('finds room for a large value among small ones of many callers in little processor time', () => {
    const entries = new SharedEntries<number>({ maxBytes: 64 * 2 ** 20 });
    for (let i = 0; i < 100_000; i++) add(entries, `key:${i % 1000}`, String(i), 671);
    // The least of several: a collection of garbage may fall into one of them.
    const milliseconds = Array.from({ length: 5 }, (_, i) => {
      const before = process.threadCpuUsage();
      expect(add(entries, `late ${i}`, 'large', 60_000)).toBe(true);
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1000;
    });
    expect(Math.min(...milliseconds)).toBeLessThan(20);
  });
});
