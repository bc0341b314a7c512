import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_SIZE, blocksOf, quantizeBlocks, type QuantizedBits } from './block-quantization.js';

/** What `MatMulNBits` makes of the stored weights. */
function dequantize(matrix: Float32Array, columns: number, bits: QuantizedBits): number[] {
  const { data, scales } = quantizeBlocks(matrix, columns, bits);
  return [...matrix].map((_, i) => {
    const row = Math.floor(i / columns);
    const column = i % columns;
    const block = row * blocksOf(columns) + Math.floor(column / BLOCK_SIZE);
    const at = block * BLOCK_SIZE + (column % BLOCK_SIZE);
    const q = bits === 8 ? data[at] : (data[at >> 1] >> ((at & 1) * 4)) & 15;
    return scales[block] * (q - 2 ** (bits - 1));
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

  it.each([4, 8] as const)('is off by one step of its block at most, at %i bits', (bits) => {
    fc.assert(
      fc.property(matrix, ({ columns, values }) => {
        const weights = Float32Array.from(values);
        dequantize(weights, columns, bits).forEach((value, i) => {
          const row = Math.floor(i / columns);
          const begin = row * columns + Math.floor((i % columns) / BLOCK_SIZE) * BLOCK_SIZE;
          const block = weights.subarray(begin, Math.min(begin + BLOCK_SIZE, (row + 1) * columns));
          const largest = block.reduce((max, weight) => Math.max(max, Math.abs(weight)), 0);
          expect(Math.abs(value - weights[i])).toBeLessThanOrEqual((largest / 2 ** (bits - 1)) * 1.0001);
        });
      }),
    );
  });

  it('keeps the weight of the largest magnitude whatever its sign, and zeros', () => {
    for (const extreme of [-3, 3]) {
      const [kept, zero] = dequantize(Float32Array.of(extreme, 0, 1), 3, 4);
      expect([kept, Math.abs(zero)]).toEqual([extreme, 0]);
    }
    expect(dequantize(new Float32Array(40), 40, 4).every((value) => value === 0)).toBe(true);
  });
});
