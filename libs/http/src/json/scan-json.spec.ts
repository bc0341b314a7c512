import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BodyLimits } from './body-limits.js';
import { scanJson } from './scan-json.js';

const LIMITS: BodyLimits = { depth: 8, values: 100, keys: 10 };
const scan = (text: string, limits = LIMITS) => scanJson(Buffer.from(text), limits);

/** The same figures, of the parsed value. */
function count(value: unknown): { depth: number; values: number; keys: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, values: 1, keys: 0 };
  const members = Object.values(value).map(count);
  return {
    depth: 1 + Math.max(0, ...members.map(({ depth }) => depth)),
    values: 1 + members.reduce((sum, { values }) => sum + values, 0),
    keys: (Array.isArray(value) ? 0 : members.length) + members.reduce((sum, { keys }) => sum + keys, 0),
  };
}

describe(scanJson, () => {
  it('finds what parsing would: refuses at each bound, and not before it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const { depth, values, keys } = count(value);
        // A list or an object is counted, and so is its first item, though it may be empty.
        const most = { depth, values: 2 * values + 1, keys };
        expect(scan(text, most).values).toBeGreaterThanOrEqual(values);
        if (depth > 0)
          expect(() => scan(text, { ...most, depth: depth - 1 })).toThrow(`nested deeper than ${depth - 1}`);
        if (keys > 0) expect(() => scan(text, { ...most, keys: keys - 1 })).toThrow(`more than ${keys - 1} keys`);
        expect(() => scan(text, { ...most, values: values - 2 })).toThrow('values');
      }),
    );
  });

  it('is not misled by what stands in texts', () => {
    expect(scan(JSON.stringify(['[[[[{{{{,,,,::::', '\\"[[[', '\\\\'])).values).toBeLessThan(8);
    expect(scan('"\\\\"').values).toBe(1);
    expect(() => scan(`["\\\\",${'['.repeat(9)}`)).toThrow('nested deeper than 8');
  });

  it('refuses within the bounds what is not JSON', () => {
    expect(() => scan('['.repeat(2 ** 20))).toThrow('nested deeper than 8');
    expect(() => scan(','.repeat(2 ** 20))).toThrow('more than 100 values');
    expect(() => scan(':'.repeat(2 ** 20))).toThrow('more than 10 keys');
    expect(scan('"'.repeat(99)).values).toBe(1);
    expect(scan('"\\').values).toBe(1);
  });

  it.each(['"\\ud800"', '"\\uDFFF"', '{"\\uDbff":1}', '"x\\\\\\ud9ab"'])(
    'finds the escape of half a pair in %s',
    (text) => {
      expect(scan(text).hasSurrogateEscapes).toBe(true);
    },
  );

  it.each(['"\\u0041"', '"\\ud7ff"', '"\\\\ud800"', '"ud800"', '"\\ue000"'])('finds none in %s', (text) => {
    expect(scan(text).hasSurrogateEscapes).toBe(false);
  });
});
