import { describe, expect, it } from 'vitest';
import { extendArray, reserveArray } from './pool-memory.js';

describe(reserveArray, () => {
  it('has room for sixteen times as much, or for what is ever needed', () => {
    expect(extendArray(reserveArray(10, 1000), 160)).toHaveLength(160);
    expect(extendArray(reserveArray(10, 1000), 161)).toBeUndefined();
    expect(extendArray(reserveArray(10, 12), 13)).toBeUndefined();
  });

  it('has room for itself alone where the system does not promise more', () => {
    const { ArrayBuffer } = globalThis;
    globalThis.ArrayBuffer = class extends ArrayBuffer {
      constructor(bytes: number) {
        if (bytes > 100) throw new RangeError('Array buffer allocation failed');
        super(bytes);
      }
    } as typeof ArrayBuffer;
    try {
      expect(extendArray(reserveArray(20, 1000), 21)).toBeUndefined();
      expect(() => reserveArray(30, 1000)).toThrow(RangeError);
    } finally {
      globalThis.ArrayBuffer = ArrayBuffer;
    }
  });
});
