import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAPACITY_STEP } from '../graph/delta-cache-interface.js';
import { KvCache } from './kv-cache.js';
import type { KvPool } from '../kv-pool/kv-pool.js';
import { capacityFor } from '../kv-pool/pool-plan.js';

const SHAPE = { layers: 2, kvHeads: 2, headDim: 2 };
const ROW = 2 * SHAPE.layers * SHAPE.kvHeads * SHAPE.headDim;
const OPTIONS = { ...SHAPE, contextLength: 2048, minRows: 1, maxRows: 4, passTokens: 1500 };

let next = 0;
/** The keys and values of new tokens, all different, in the order of a delta. */
const newRows = (tokens: number): number[][] =>
  Array.from({ length: tokens }, () => Array.from({ length: ROW }, () => next++ % 65_536));

/** The keys and values of a row's token at a position, in the order of a delta. */
function read(pool: KvPool, row: number, position: number): number[] {
  const found: number[] = [];
  for (let layer = 0; layer < SHAPE.layers; layer++) {
    for (const array of [pool.keys[layer], pool.values[layer]]) {
      for (let head = 0; head < SHAPE.kvHeads; head++) {
        const at = ((row * SHAPE.kvHeads + head) * pool.capacity + position) * SHAPE.headDim;
        found.push(...array.subarray(at, at + SHAPE.headDim));
      }
    }
  }
  return found;
}

function prefill(cache: KvCache, slot: number, tokens: number): number[][] {
  const rows = newRows(tokens);
  cache.own(slot, capacityFor(tokens)).append(tokens, Float32Array.from(rows.flat()));
  return rows;
}

/** Moves slots as they are best decoded; returns the pools with the slots in their rows. */
function relocate(cache: KvCache, slots: readonly number[]): Map<KvPool, number[]> {
  const plan = cache.plan(slots);
  cache.relocate(plan);
  return new Map(
    plan.groups.map((group) => {
      const { pool, slots: byRow } = cache.group(group);
      return [pool, byRow];
    }),
  );
}

describe(KvCache.name, () => {
  it('decodes sequences of like length in one pool, and a much longer one apart', () => {
    const cache = new KvCache(OPTIONS);
    for (const [slot, tokens] of [100, 110, 1500].entries()) prefill(cache, slot, tokens);
    expect(
      cache
        .plan([0, 1, 2])
        .groups.map((slots) => slots.toSorted())
        .toSorted(),
    ).toEqual([[0, 1], [2]]);
  });

  it('takes the layers of a pass one after the other, with which a sequence is longer at the last', () => {
    const cache = new KvCache(OPTIONS);
    const before = prefill(cache, 0, 3);
    const rows = newRows(5);
    const pool = cache.own(0, capacityFor(8));
    for (const layer of [0, 1]) {
      expect(cache.length(0)).toBe(3);
      const half = (row: number[]): number[] => row.slice((layer * ROW) / 2, ((layer + 1) * ROW) / 2);
      pool.append(5, Float32Array.from(rows.flatMap(half)), [0], layer);
    }
    expect(cache.length(0)).toBe(8);
    expect([...before, ...rows].map((_, position) => read(pool, 0, position))).toEqual([...before, ...rows]);
    expect(() => pool.append(5, Float32Array.from(rows.flat()), [0], 1)).toThrow(/shape of the cache/);
  });

  it('does not move sequences that are well enough where they are', () => {
    const cache = new KvCache(OPTIONS);
    for (const slot of [0, 1]) prefill(cache, slot, 100);
    const [pool] = relocate(cache, [0, 1]).keys();
    const { keys } = pool;
    const before = keys[0];
    for (let i = 0; i < 28; i++) {
      expect([...relocate(cache, [0, 1]).keys()]).toEqual([pool]);
      pool.append(1, new Float32Array(2 * ROW));
    }
    expect(pool.keys[0]).toBe(before);
    relocate(cache, [0, 1]);
    expect(pool.capacity).toBe(192);
  });

  it('keeps every token of every slot over random prefills, decodes, pauses, copies and frees', () => {
    const action = fc.record({
      kind: fc.constantFrom(
        'prefill' as const,
        'prefill' as const,
        'decode' as const,
        'copy' as const,
        'free' as const,
      ),
      slot: fc.nat({ max: 5 }),
      tokens: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 700 })),
      steps: fc.integer({ min: 1, max: 40 }),
      among: fc.subarray([0, 1, 2, 3, 4, 5], { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), fc.constantFrom(1, 2), (actions, minRows) => {
        const cache = new KvCache({ ...OPTIONS, minRows });
        const expected = new Map<number, number[][]>();
        let places = new Map<number, { pool: KvPool; row: number }>();
        const own = (slot: number): void => void places.set(slot, { pool: cache.own(slot, 1), row: 0 });
        for (const { kind, slot, tokens, steps, among } of actions) {
          const other = (slot + 1) % 6;
          if (kind === 'prefill' && !expected.has(slot)) expected.set(slot, prefill(cache, slot, tokens));
          else if (kind === 'copy' && expected.has(slot) && !expected.has(other)) {
            cache.copy(slot, other);
            expected.set(other, [...expected.get(slot)!]);
          } else if (kind === 'free') {
            cache.free(slot);
            expected.delete(slot);
          } else if (kind === 'decode') {
            const slots = among.filter((member) => expected.has(member));
            for (let step = 0; step < steps && slots.length > 0; step++) {
              for (const [pool, members] of relocate(cache, slots)) {
                expect(pool.capacity % CAPACITY_STEP).toBe(0);
                const rows = newRows(members.length);
                for (const [row, member] of members.entries()) expected.get(member)!.push(rows[row]);
                pool.append(1, Float32Array.from(rows.flat()));
              }
            }
          }
          for (const [held, rows] of expected) expect(cache.length(held)).toBe(rows.length);
        }
        places = new Map();
        const slots = [...expected.keys()].slice(0, 4);
        for (const [pool, members] of relocate(cache, slots)) members.forEach((s, row) => places.set(s, { pool, row }));
        for (const held of expected.keys()) if (!places.has(held)) own(held);
        for (const [held, { pool, row }] of places) {
          const rows = expected.get(held)!;
          for (const [position, values] of rows.entries()) {
            if (position % 13 === 0 || position > rows.length - 3) expect(read(pool, row, position)).toEqual(values);
          }
          const past = pool.read(row, rows.length, pool.capacity - rows.length);
          expect(past.findIndex((value) => value !== 0)).toBe(-1);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('appends to those rows alone that a delta has parts for, as many tokens as it has', () => {
    const cache = new KvCache(OPTIONS);
    const before = [0, 1, 2].map((slot) => prefill(cache, slot, 60));
    const plan = cache.plan([0, 1, 2], [1, 9, 1]);
    cache.relocate(plan);
    const { pool, slots } = cache.group([0, 1, 2]);
    // Room for the longest draft, which 60 tokens and one more do not need.
    expect(pool.capacity).toBe(128);
    const [decoded, verified] = [newRows(1), newRows(9)];
    const rowOf = (slot: number): number => slots.indexOf(slot);
    const skipped = newRows(2);
    const parts = slots.map((slot) => (slot === 0 ? decoded[0] : skipped[0]));
    pool.append(
      1,
      Float32Array.from(parts.flat()),
      slots.map((slot) => (slot === 0 ? rowOf(0) : undefined)),
    );
    pool.append(9, Float32Array.from(verified.flat()), [rowOf(1)]);
    expect([0, 1, 2].map((slot) => cache.length(slot))).toEqual([61, 69, 60]);
    expect(read(pool, rowOf(0), 60)).toEqual(decoded[0]);
    for (const [i, row] of verified.entries()) expect(read(pool, rowOf(1), 60 + i)).toEqual(row);
    expect(read(pool, rowOf(2), 59)).toEqual(before[2][59]);
    for (const position of [60, 61]) expect(read(pool, rowOf(2), position).every((value) => value === 0)).toBe(true);
  });

  it('leaves nothing of a sequence behind that could poison the next one', () => {
    const cache = new KvCache(OPTIONS);
    for (const slot of [0, 1, 2]) prefill(cache, slot, 100);
    const [pool] = relocate(cache, [0, 1, 2]).keys();
    pool.append(1, new Float32Array(3 * ROW).fill(NaN));
    for (const slot of [1, 2]) cache.free(slot);
    const rowSize = SHAPE.kvHeads * pool.capacity * SHAPE.headDim;
    for (const array of [...pool.keys, ...pool.values]) {
      expect(array.subarray(rowSize).every((value) => value === 0)).toBe(true);
    }
  });
});
