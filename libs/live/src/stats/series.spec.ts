import { describe, expect, it } from 'vitest';
import { Series } from './series.js';

describe(Series, () => {
  it('begins with its first point, and keeps gaps', () => {
    const series = new Series();
    for (const value of [null, null, 1, null, 0, 12.3456, null]) series.push(value);
    expect(series.values()).toEqual([1, null, 0, 12.35, null]);
  });

  it('keeps the last five minutes', () => {
    const series = new Series();
    for (let second = 0; second < 1000; second++) series.push(second);
    expect(series.values()).toEqual(Array.from({ length: 300 }, (_, i) => 700 + i));
  });
});
