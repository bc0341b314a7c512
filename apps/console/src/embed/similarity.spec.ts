import { describe, expect, it } from 'vitest';
import { cosine, linesOf, sortRows } from './similarity.js';

describe('similarities', () => {
  it('are cosines', () => {
    expect(cosine([1, 0], [3, 0])).toBe(1);
    expect(cosine([1, 0], [0, 2])).toBe(0);
    expect(cosine([1, 0], [-1, 0])).toBe(-1);
    expect(cosine([1, 1], [1, 0])).toBeCloseTo(Math.SQRT1_2);
    expect(cosine([0, 0], [1, 0])).toBeNull();
  });

  it('order rows by one of them, errors last', () => {
    const row = (number: number, vector: number[] | null) => ({ number, text: '', vector, error: null });
    const rows = [row(1, [1, 0]), row(2, null), row(3, [0, 1]), row(4, [1, 0.2])];
    expect(sortRows(rows, 3).map(({ number }) => number)).toEqual([3, 4, 1, 2]);
    expect(sortRows(rows, null)).toEqual(rows);
  });

  it('are of lines with a text, 32 at most', () => {
    expect(linesOf(' a \n\n b')).toEqual(['a', 'b']);
    expect(linesOf('x\n'.repeat(50))).toHaveLength(32);
  });
});
