import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoresOf } from './scores.js';

const logits = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 })
  .map((values) => Float32Array.from(values));

describe(scoresOf, () => {
  it('is a sigmoid of one logit, and a softmax of several', () => {
    expect(scoresOf(Float32Array.from([0]), {})).toEqual([0.5]);
    expect(scoresOf(Float32Array.from([2]), {})[0]).toBeCloseTo(0.880797, 6);
    expect(scoresOf(Float32Array.from([1, 2, 3]), {})).toEqual([
      expect.closeTo(0.0900306, 6),
      expect.closeTo(0.2447285, 6),
      expect.closeTo(0.6652409, 6),
    ]);
  });

  it('is a sigmoid of each of labels that do not exclude each other', () => {
    expect(scoresOf(Float32Array.from([0, 2]), { multiLabel: true })).toEqual([0.5, expect.closeTo(0.880797, 6)]);
  });

  it("is the model's own activation where it names one", () => {
    expect(scoresOf(Float32Array.from([-3]), { activation: 'identity' })).toEqual([-3]);
    expect(scoresOf(Float32Array.from([0, 0]), { activation: 'sigmoid' })).toEqual([0.5, 0.5]);
    expect(scoresOf(Float32Array.from([7]), { activation: 'softmax' })).toEqual([1]);
  });

  it('is a probability for any logits, however large', () => {
    fc.assert(
      fc.property(logits, fc.constantFrom('sigmoid' as const, 'softmax' as const), (values, activation) => {
        const scores = scoresOf(values, { activation });
        for (const score of scores) expect(score >= 0 && score <= 1).toBe(true);
        if (activation === 'softmax') expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
      }),
    );
  });
});
