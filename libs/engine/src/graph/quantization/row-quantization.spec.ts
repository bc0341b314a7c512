import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_WEIGHT, MAX_WEIGHT_WHERE_SATURATING, quantizeRows, transposeInto } from './row-quantization.js';

function quantized(
  matrix: Float32Array,
  columns: number,
  maxWeight: number,
): { data: Int8Array; scales: Float32Array } {
  const target = { data: new Int8Array(matrix.length), scales: new Float32Array(matrix.length / columns) };
  quantizeRows(matrix, columns, maxWeight, target);
  return target;
}

describe(quantizeRows, () => {
  it.each([MAX_WEIGHT, MAX_WEIGHT_WHERE_SATURATING])('is off by half a step at most, with %i steps', (maxWeight) => {
    const row = fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
        const { data, scales } = quantized(Float32Array.from(rows.flat()), 5, maxWeight);
        rows.flat().forEach((value, i) => {
          const scale = scales[Math.floor(i / 5)];
          expect(Math.abs(data[i])).toBeLessThanOrEqual(maxWeight);
          expect(Math.abs(data[i] * scale - value)).toBeLessThanOrEqual(scale * 0.5001 + 1e-30);
        });
      }),
    );
  });

  it('takes a row of zeros', () => {
    const { data, scales } = quantized(new Float32Array(4), 2, MAX_WEIGHT);
    expect([...data, ...scales]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe(transposeInto, () => {
  it('writes each matrix into its columns', () => {
    const size = fc.integer({ min: 1, max: 150 });
    fc.assert(
      fc.property(size, size, size, (rows, otherRows, columns) => {
        const width = rows + otherRows;
        const value = (row: number, column: number): number => ((row * 31 + column) % 251) - 125;
        const matrix = (from: number, count: number): Int8Array =>
          Int8Array.from({ length: count * columns }, (_, i) => value(from + Math.floor(i / columns), i % columns));
        const target = new Int8Array(width * columns);
        transposeInto(target, { width, at: 0 }, matrix(0, rows), columns);
        transposeInto(target, { width, at: rows }, matrix(rows, otherRows), columns);
        const expected = Int8Array.from({ length: target.length }, (_, i) => value(i % width, Math.floor(i / width)));
        expect(target).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
