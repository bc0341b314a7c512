import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from './edit-distance.js';

describe(editDistance, () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'ab', 1],
    ['abc', 'axc', 1],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
  ])('of "%s" and "%s" is %d', (a, b, edits) => expect(editDistance(a, b)).toBe(edits));

  it('is the same both ways, and at most the length of the longer text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe(nearestName, () => {
  const known = ['temperature', 'top_p', 'top_k', 'seed'];
  it.each([
    ['temprature', 'temperature'],
    ['Temperature', 'temperature'],
    ['topp', 'top_p'],
    ['sed', 'seed'],
    ['speed', 'seed'],
    ['steps', undefined],
    ['x'.repeat(1e6), undefined],
  ])('of %.20s', (name, nearest) => expect(nearestName(name, known)).toBe(nearest));
});
