import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvCache } from './kv-cache.js';

const SHAPE = { layers: 2, kvHeads: 2, headDim: 2, maxSlots: 3, maxTokens: 1024 };
const ROW = 2 * SHAPE.layers * SHAPE.kvHeads * SHAPE.headDim;

/** The keys and values of a slot's token at a position, in the order of a delta. */
function read(cache: KvCache, slot: number, position: number): number[] {
  const { layers, kvHeads, headDim } = cache.shape;
  const row: number[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (const array of [cache.keys[layer], cache.values[layer]]) {
      for (let head = 0; head < kvHeads; head++) {
        const at = ((slot * kvHeads + head) * cache.capacity + position) * headDim;
        row.push(...array.subarray(at, at + headDim));
      }
    }
  }
  return row;
}

describe(KvCache.name, () => {
  it('grows in powers of two up to the longest sequence, and shrinks once a quarter is enough', () => {
    const cache = new KvCache(SHAPE);
    const capacityFor = (tokens: number): number => {
      cache.fit(tokens);
      return cache.capacity;
    };
    expect([100, 129, 513, 1000].map(capacityFor)).toEqual([128, 256, 1024, 1024]);
    expect([400, 257, 256, 1].map(capacityFor)).toEqual([1024, 1024, 256, 256]);
  });

  it('never grows past the longest sequence that is allowed', () => {
    const cache = new KvCache({ ...SHAPE, maxTokens: 1000 });
    cache.fit(999);
    expect(cache.capacity).toBe(1000);
  });

  it('keeps every token of every slot over random appends, moves, frees and resizes', () => {
    const action = fc.oneof(
      fc.record({
        kind: fc.constant('append' as const),
        slot: fc.nat({ max: 2 }),
        tokens: fc.integer({ min: 1, max: 120 }),
      }),
      fc.record({ kind: fc.constant('free' as const), slot: fc.nat({ max: 2 }) }),
      fc.record({ kind: fc.constant('move' as const), slot: fc.nat({ max: 2 }), to: fc.nat({ max: 2 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        const cache = new KvCache(SHAPE);
        const expected: number[][][] = [[], [], []];
        let next = 0;
        for (const taken of actions) {
          if (taken.kind === 'append' && expected[taken.slot].length + taken.tokens <= SHAPE.maxTokens) {
            const rows = Array.from({ length: taken.tokens }, () => Array.from({ length: ROW }, () => next++ % 65_536));
            cache.fit(expected[taken.slot].length + taken.tokens);
            cache.append(taken.slot, 1, taken.tokens, Float32Array.from(rows.flat()));
            expected[taken.slot].push(...rows);
          } else if (taken.kind === 'free') {
            cache.free(taken.slot);
            expected[taken.slot] = [];
          } else if (taken.kind === 'move' && expected[taken.to].length === 0) {
            cache.move(taken.slot, taken.to);
            [expected[taken.to], expected[taken.slot]] = [expected[taken.slot], []];
          }
        }
        expected.forEach((rows, slot) => {
          expect(cache.length(slot)).toBe(rows.length);
          for (const [position, row] of rows.entries()) {
            if (position % 17 === 0 || position === rows.length - 1) expect(read(cache, slot, position)).toEqual(row);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('appends one token to several slots of different lengths', () => {
    const cache = new KvCache(SHAPE);
    cache.append(1, 1, 3, new Float32Array(3 * ROW));
    cache.free(0);
    cache.append(
      0,
      2,
      1,
      Float32Array.from({ length: 2 * ROW }, (_, i) => i),
    );
    expect([cache.length(0), cache.length(1)]).toEqual([1, 4]);
    expect(read(cache, 1, 3)).toEqual(Array.from({ length: ROW }, (_, i) => ROW + i));
  });
});
