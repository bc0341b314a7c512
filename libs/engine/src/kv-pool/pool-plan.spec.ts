import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capacityFor, planPools } from './pool-plan.js';

/** Every way to divide the indices 0 to n - 1 into groups. */
function* divisions(n: number): Generator<number[][]> {
  if (n === 0) return yield [];
  for (const division of divisions(n - 1)) {
    yield [...division, [n - 1]];
    for (let i = 0; i < division.length; i++) yield division.map((group, j) => (i === j ? [...group, n - 1] : group));
  }
}

function cost(groups: readonly number[][], lengths: readonly number[], passTokens: number): number {
  return groups.reduce(
    (sum, group) => sum + passTokens + group.length * capacityFor(Math.max(...group.map((i) => lengths[i]))),
    0,
  );
}

describe(capacityFor, () => {
  it('gives room for all tokens, and little more', () => {
    expect([1, 64, 65, 512, 513, 1025, 4097].map(capacityFor)).toEqual([64, 64, 128, 512, 576, 1152, 4608]);
  });
});

describe(planPools, () => {
  it('keeps sequences of like length together, and one that is much longer apart', () => {
    expect(planPools([100, 120, 90], 500)).toEqual([[2, 0, 1]]);
    expect(planPools([100, 1500, 90, 110], 500)).toEqual([[2, 0, 3], [1]]);
  });

  it('finds the division with the least memory read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 4000 }),
        (lengths, passTokens) => {
          const plan = planPools(lengths, passTokens);
          expect(plan.flat().toSorted()).toEqual([...lengths.keys()].toSorted());
          const best = Math.min(
            ...Array.from(divisions(lengths.length), (groups) => cost(groups, lengths, passTokens)),
          );
          expect(cost(plan, lengths, passTokens)).toBe(best);
        },
      ),
    );
  });
});
