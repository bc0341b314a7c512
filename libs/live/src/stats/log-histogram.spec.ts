import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogHistogram } from './log-histogram.js';

/** Nearest-rank percentile of the values themselves. */
const exact = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1];

describe(LogHistogram, () => {
  it('has the percentiles of any values within 2.3 %', () => {
    const value = fc.double({ min: Math.log(0.1), max: Math.log(3_600_000), noNaN: true }).map(Math.exp);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (values) => {
        const histogram = new LogHistogram();
        for (const one of values) histogram.add(one);
        const [p50, p95, samples] = histogram.percentiles()!;
        expect(samples).toBe(values.length);
        expect(Math.abs(p50 / exact(values, 0.5) - 1)).toBeLessThan(0.023);
        expect(Math.abs(p95 / exact(values, 0.95) - 1)).toBeLessThan(0.023);
      }),
    );
  });

  it('takes values below and above its buckets, and 0', () => {
    const histogram = new LogHistogram();
    for (const value of [0, 1e-9, 1e12]) histogram.add(value);
    expect(histogram.percentiles()).toEqual([expect.closeTo(0.064, 3), expect.closeTo(2 ** 22, -6), 3]);
  });

  it('forgets a value after a minute, and has no percentiles without one', () => {
    const histogram = new LogHistogram();
    expect(histogram.percentiles()).toBeNull();
    histogram.add(10);
    for (let second = 0; second < 55; second++) histogram.roll();
    expect(histogram.percentiles()![2]).toBe(1);
    for (let second = 55; second < 60; second++) histogram.roll();
    expect(histogram.percentiles()).toBeNull();
  });
});
