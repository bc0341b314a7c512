import { describe, expect, it } from 'vitest';
import { areaPath, linePath, pieces, pointsText, topOf } from './chart-scale.js';

describe('the scale of a chart', () => {
  it.each([
    [[], 1],
    [[0.2], 1],
    [[1.1], 2],
    [[3], 5],
    [[5], 5],
    [[6], 10],
    [[101], 200],
    [[null, 480], 500],
  ])('of %j ends at %d', (points, top) => {
    expect(topOf([points])).toBe(top);
  });

  it('leaves gaps where there is no sample', () => {
    const all = pieces([1, null, 2, 2], 299, 10, 2);
    expect(all).toEqual([
      [[296, 5]],
      [
        [298, 0],
        [299, 0],
      ],
    ]);
    expect(linePath(all)).toBe('M296 5h.01M298 0L299 0');
    expect(areaPath(all.slice(1), 10)).toBe('M298 10L298 0L299 0L299 10z');
  });

  it('has words for it', () => {
    expect(pointsText([3, null, 12, 4], String)).toBe('now 4, at least 3, at most 12 in five minutes');
    expect(pointsText([null], String)).toBe('no sample in five minutes');
  });
});
