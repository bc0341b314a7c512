import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertForm, cosine, formed } from './vectors.js';

const vector = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }), { minLength: 2, maxLength: 32 })
  .map((values) => Float32Array.from(values))
  .filter((values) => values.some((value) => Math.abs(value) > 1e-3));
const lengthOf = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

describe(formed, () => {
  it('leaves a vector as it is where nothing is asked for', () => {
    const values = Float32Array.from([3, 4]);
    expect(formed(values, {})).toBe(values);
    expect(formed(values, { dimensions: 2 })).toBe(values);
  });

  it('cuts, then normalizes what is left', () => {
    expect([...formed(Float32Array.from([3, 4, 12]), { dimensions: 2 })]).toEqual([
      expect.closeTo(0.6, 6),
      expect.closeTo(0.8, 6),
    ]);
  });

  it('gives every vector with a direction the length 1', () => {
    fc.assert(
      fc.property(vector, (values) => {
        expect(lengthOf(formed(values, { normalize: true }))).toBeCloseTo(1, 5);
      }),
    );
  });

  it('leaves a vector without a direction', () => {
    expect([...formed(new Float32Array(3), { normalize: true })]).toEqual([0, 0, 0]);
  });
});

describe(assertForm, () => {
  const model = { outputSize: 4, isNormalized: true };

  it.each<[string, Parameters<typeof assertForm>]>([
    ['all dimensions of any model', [model, { dimensions: 4 }]],
    ['one of the sizes of a model', [{ ...model, matryoshka: [2] }, { dimensions: 2 }]],
    ['any size, where a model has all', [{ ...model, matryoshka: 'any' }, { dimensions: 1 }]],
    ['vectors that are normalized anyway', [model, { normalize: true }]],
  ])('takes %s', (_, [info, form]) => {
    expect(() => assertForm(info, form)).not.toThrow();
  });

  it.each<[string, Parameters<typeof assertForm>, RegExp]>([
    ['a cut of a model that was not trained for it', [model, { dimensions: 2 }], /4 dimensions and cannot be cut/],
    ['a size that a model does not have', [{ ...model, matryoshka: [2] }, { dimensions: 3 }], /2, 4/],
    ['more dimensions than there are', [{ ...model, matryoshka: 'any' }, { dimensions: 5 }], /1 to 4/],
    ['the undoing of what the model does', [model, { normalize: false }], /length 1/],
  ])('refuses %s', (_, [info, form], message) => {
    expect(() => assertForm(info, form)).toThrow(message);
  });
});

describe(cosine, () => {
  it('is that of the angle, whatever the lengths', () => {
    expect(cosine(Float32Array.from([2, 0]), Float32Array.from([0, 3]))).toBe(0);
    expect(cosine(Float32Array.from([2, 0]), Float32Array.from([3, 3]))).toBeCloseTo(Math.SQRT1_2, 6);
    expect(cosine(Float32Array.from([2, 1]), Float32Array.from([-4, -2]))).toBeCloseTo(-1, 6);
    expect(cosine(new Float32Array(2), Float32Array.from([1, 1]))).toBe(0);
  });
});
