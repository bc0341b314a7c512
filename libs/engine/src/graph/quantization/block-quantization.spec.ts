import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_SIZE, blocksOf, quantizeBlocks } from './block-quantization.js';

/** What `MatMulNBits` makes of the stored weights. */
function dequantize(matrix: Float32Array, columns: number): number[] {
  const { data, scales } = quantizeBlocks(matrix, columns);
  return [...matrix].map((_, i) => {
    const row = Math.floor(i / columns);
    const column = i % columns;
    const block = row * blocksOf(columns) + Math.floor(column / BLOCK_SIZE);
    const at = block * BLOCK_SIZE + (column % BLOCK_SIZE);
    const q = (data[at >> 1] >> ((at & 1) * 4)) & 15;
    return scales[block] * (q - 8);
  });
}

describe(quantizeBlocks, () => {
  const matrix = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 3 })).chain(([columns, rows]) =>
    fc.record({
      columns: fc.constant(columns),
      values: fc.array(
        fc.integer({ min: -4096, max: 4096 }).map((n) => n / 1024),
        {
          minLength: columns * rows,
          maxLength: columns * rows,
        },
      ),
    }),
  );

  it('is off by one step of its block at most', () => {
    fc.assert(
      fc.property(matrix, ({ columns, values }) => {
        const weights = Float32Array.from(values);
        dequantize(weights, columns).forEach((value, i) => {
          const row = Math.floor(i / columns);
          const begin = row * columns + Math.floor((i % columns) / BLOCK_SIZE) * BLOCK_SIZE;
          const block = weights.subarray(begin, Math.min(begin + BLOCK_SIZE, (row + 1) * columns));
          const largest = block.reduce((max, weight) => Math.max(max, Math.abs(weight)), 0);
          expect(Math.abs(value - weights[i])).toBeLessThanOrEqual((largest / 8) * 1.0001);
        });
      }),
    );
  });

  it('keeps the weight of the largest magnitude whatever its sign, and zeros', () => {
    for (const extreme of [-3, 3]) {
      const [kept, zero] = dequantize(Float32Array.of(extreme, 0, 1), 3);
      expect([kept, Math.abs(zero)]).toEqual([extreme, 0]);
    }
    expect(dequantize(new Float32Array(40), 40).every((value) => value === 0)).toBe(true);
  });
});
