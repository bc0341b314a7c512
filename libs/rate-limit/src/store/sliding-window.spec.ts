import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindow, type WindowEntry } from './sliding-window.js';

const WINDOW_MS = 100;

interface Arrival {
  gapMs: number;
  amount: number;
}
const arrivals = (maxAmount: number): fc.Arbitrary<Arrival[]> =>
  fc.array(
    fc.record({
      gapMs: fc.oneof(fc.constant(0), fc.nat(60), fc.nat(300)),
      amount: fc.integer({ min: 1, max: maxAmount }),
    }),
    {
      maxLength: 200,
    },
  );

describe(SlidingWindow.name, () => {
  it('never lets more than the limit into any window, and never refuses what there is room for', () => {
    fc.assert(
      fc.property(arrivals(4), fc.integer({ min: 1, max: 12 }), (list, limit) => {
        const window = new SlidingWindow(WINDOW_MS);
        const accepted: { at: number; amount: number }[] = [];
        let now = 0;
        for (const { gapMs, amount } of list) {
          now += gapMs;
          const inWindow = accepted
            .filter(({ at }) => at > now - WINDOW_MS)
            .reduce((sum, entry) => sum + entry.amount, 0);
          const { allowed, remaining } = window.take(amount, limit, now);
          expect(allowed).toBe(inWindow + amount <= limit);
          expect(remaining).toBe(limit - inWindow - (allowed ? amount : 0));
          if (allowed) accepted.push({ at: now, amount });
        }
      }),
    );
  });

  it('tells a refused request exactly when it would be allowed', () => {
    fc.assert(
      fc.property(arrivals(4), fc.integer({ min: 4, max: 12 }), (list, limit) => {
        const window = new SlidingWindow(WINDOW_MS);
        let now = 0;
        for (const { gapMs, amount } of list) {
          now += gapMs;
          const { allowed, nextMs } = window.take(amount, limit, now);
          if (allowed) continue;
          expect(window.take(amount, limit, now + nextMs - 0.001).allowed).toBe(false);
          now += nextMs;
          expect(window.take(amount, limit, now).allowed).toBe(true);
        }
      }),
    );
  });

  it('ends at zero when every reservation is settled or refunded', () => {
    const actions = fc.array(
      fc.record({ gapMs: fc.nat(40), reserve: fc.integer({ min: 1, max: 50 }), used: fc.nat(80) }),
    );
    fc.assert(
      fc.property(actions, fc.infiniteStream(fc.boolean()), (list, isLate) => {
        const window = new SlidingWindow(WINDOW_MS);
        const open: { entry: WindowEntry; used: number }[] = [];
        let now = 0;
        for (const { gapMs, reserve, used } of list) {
          now += gapMs;
          const { entry } = window.take(reserve, 100, now);
          if (entry) open.push({ entry, used });
          if (open.length > 0 && !isLate.next().value) {
            const settled = open.shift()!;
            window.settle(settled.entry, settled.used, now);
          }
        }
        for (const { entry } of open) window.settle(entry, 0, now);
        const left = list.length === 0 ? 0 : window.used(now);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(window.used(now + WINDOW_MS)).toBe(0);
        expect(window.isEmpty(now + WINDOW_MS)).toBe(true);
      }),
    );
  });

  it('gives back at once what a reservation did not need', () => {
    const window = new SlidingWindow(WINDOW_MS);
    const { entry } = window.take(90, 100, 0);
    expect(window.take(20, 100, 1).allowed).toBe(false);
    window.settle(entry!, 10, 2);
    expect(window.take(90, 100, 3).allowed).toBe(true);
  });

  it('tells no longer time than the window, whatever fraction of a millisecond the clock shows', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (now) => {
        expect(new SlidingWindow(30_000).take(1, 2, now).nextMs).toBe(30_000);
      }),
    );
  });

  it('says of more than the whole limit that it will never be allowed', () => {
    expect(new SlidingWindow(WINDOW_MS).take(11, 10, 0)).toMatchObject({ allowed: false, nextMs: Infinity });
  });
});
