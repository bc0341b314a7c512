import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canRotate, rotateColumns, rotateVectors } from './rotate-vectors.js';

const vector = (length: number) =>
  fc
    .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values));
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
const rotated = (given: Float32Array): Float32Array => {
  const copy = given.slice();
  rotateVectors(copy, copy.length);
  return copy;
};

describe(rotateVectors, () => {
  it.each([64, 192, 576])('keeps the products of vectors of %d elements', (length) => {
    fc.assert(
      fc.property(vector(length), vector(length), (a, b) => {
        expect(dot(rotated(a), rotated(b))).toBeCloseTo(dot(a, b), 1);
      }),
      { numRuns: 50 },
    );
  });

  it('is the Walsh-Hadamard transform for 64 elements', () => {
    // Entry i, j is the parity of the bits that i and j share, over the root of 64.
    const parity = (bits: number): number => [...bits.toString(2)].filter((bit) => bit === '1').length % 2;
    for (const at of [0, 1, 37, 63]) {
      const unit = new Float32Array(64);
      unit[at] = 1;
      const once = Float32Array.from({ length: 64 }, (_, i) => (parity(i & at) === 0 ? 1 : -1) / 8);
      expect(rotated(unit)).toEqual(once);
    }
  });

  it.each([576, 4096])('spreads one element over all of %d', (length) => {
    const spike = new Float32Array(length);
    spike[17] = 1;
    const spread = rotated(spike).map(Math.abs);
    expect(Math.max(...spread)).toBeLessThan(4 / Math.sqrt(length));
  });

  it('rotates whole blocks alone', () => {
    expect([64, 576, 48, 100].map(canRotate)).toEqual([true, true, false, false]);
  });
});

describe(rotateColumns, () => {
  it('rotates each column as a vector, whatever their number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), vector(128 * 40), (columns, values) => {
        const matrix = values.slice(0, 128 * columns);
        const columnOf = (of: Float32Array, column: number): Float32Array =>
          Float32Array.from({ length: 128 }, (_, row) => of[row * columns + column]);
        const given = matrix.slice();
        rotateColumns(matrix, columns);
        for (let column = 0; column < columns; column++) {
          expect(columnOf(matrix, column)).toEqual(rotated(columnOf(given, column)));
        }
      }),
      { numRuns: 20 },
    );
  });
});
