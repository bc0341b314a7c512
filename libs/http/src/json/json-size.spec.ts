import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LazyList } from './json-stream.js';
import { isJsonWithin } from './json-size.js';

describe(isJsonWithin, () => {
  it('tells what JSON of plain texts takes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 20 });
    const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
    const value = fc.dictionary(text, fc.oneof(scalar, fc.array(fc.oneof(scalar, fc.dictionary(text, scalar)))));
    fc.assert(
      fc.property(value, (object) => {
        const { length } = JSON.stringify(object);
        // Each list has a comma too many, and `false` a letter too few.
        expect(isJsonWithin(object, length * 1.25 + 8)).toBe(true);
        expect(isJsonWithin(object, length * 0.75 - 8)).toBe(false);
      }),
    );
  });

  it('looks at no more of a value than the limit is', () => {
    const large = Array.from({ length: 1e6 }, () => ({ text: 'x' }));
    const before = process.threadCpuUsage();
    expect(isJsonWithin({ large }, 10_000)).toBe(false);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(20);
  });

  it('does not take a lazy list for as small as its first item', () => {
    const list = new LazyList(1000, function* () {
      yield null;
      for (let i = 1; i < 1000; i++) yield 'x'.repeat(100);
    });
    expect([isJsonWithin(list, 50_000), isJsonWithin(list, 200_000)]).toEqual([false, true]);
  });
});
