import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distribution } from './distribution.js';

describe('distribution', () => {
  it('sums up the spellings of a label, and keeps the mass of the best one among all tokens', () => {
    const logprobs = [0.2, 0.1, 0.05, 0.05].map((p, token) => ({ token, logprob: Math.log(p) }));
    const { probabilities, best, confidence } = distribution([[0, 2], [1], [3]], logprobs);
    for (const [i, expected] of [0.625, 0.25, 0.125].entries()) expect(probabilities[i]).toBeCloseTo(expected, 12);
    expect([best, confidence]).toEqual([0, expect.closeTo(0.25, 12)]);
  });

  it('is one of probabilities, however unlikely all labels are', () => {
    const logprob = fc.double({ min: -2000, max: 0, noNaN: true });
    fc.assert(
      fc.property(fc.array(logprob, { minLength: 2, maxLength: 26 }), (values) => {
        const tokens = values.map((_, i) => [i]);
        const { probabilities, best, confidence } = distribution(
          tokens,
          values.map((value, token) => ({ token, logprob: value })),
        );
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
        expect(values[best]).toBeCloseTo(Math.max(...values), 9);
        expect(confidence).toBeCloseTo(Math.exp(Math.max(...values)), 9);
      }),
    );
  });
});
