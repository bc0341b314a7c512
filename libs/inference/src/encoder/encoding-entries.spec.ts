import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCODING_ENTRIES } from './encoding-entries.js';

describe('ENCODING_ENTRIES', () => {
  it('give back the same bits, through JSON', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true }), fc.nat(), (values, index) => {
        const json: unknown = JSON.parse(
          JSON.stringify(ENCODING_ENTRIES.toJson({ index, tokens: 3, values, queueMs: 7 })),
        );
        const item = ENCODING_ENTRIES.fromJson(json);
        expect(item).toMatchObject({ index, tokens: 3, queueMs: 0 });
        expect(Buffer.from(item.values.buffer).equals(Buffer.from(values.buffer))).toBe(true);
      }),
    );
  });

  it('take a part of a larger buffer', () => {
    const values = Float32Array.from([1, 2, 3, 4]).subarray(1, 3);
    const item = ENCODING_ENTRIES.fromJson(ENCODING_ENTRIES.toJson({ index: 0, tokens: 1, values, queueMs: 0 }));
    expect([...item.values]).toEqual([2, 3]);
  });

  it('are small up to 65,536 numbers', () => {
    const item = (length: number) => ({ index: 0, tokens: 1, values: new Float32Array(length), queueMs: 0 });
    expect(ENCODING_ENTRIES.isSmall([item(65_000), item(536)])).toBe(true);
    expect(ENCODING_ENTRIES.isSmall([item(65_000), item(537)])).toBe(false);
  });
});
