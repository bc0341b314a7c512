import { describe, expect, it } from 'vitest';
import { bytes, compact, count, duration, ordinal, percent, plural, roughly } from './numbers.js';

describe('numbers', () => {
  it.each([
    [0, '0 ms'],
    [0.04, '0.0 ms'],
    [10.42, '10.4 ms'],
    [46, '46 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [1320, '1.32 s'],
    [12_340, '12.3 s'],
    [99_960, '1 min 40 s'],
    [125_000, '2 min 5 s'],
    [7_380_000, '2 h 3 min'],
    [null, '–'],
    [undefined, '–'],
    [NaN, '–'],
  ])('a duration of %s ms is "%s"', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [0, '0'],
    [4.25, '4.3'],
    [487, '487'],
    [1900, '1.9k'],
    [12_300, '12k'],
    [999_600, '1.0M'],
    [null, '–'],
  ])('%s is "%s" in four characters', (value, text) => {
    expect(compact(value)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [38_000_000, '38 MB'],
    [272_000_000, '272 MB'],
    [1_930_000_000, '1.9 GB'],
    [null, '–'],
  ])('%s bytes are "%s"', (value, text) => {
    expect(bytes(value)).toBe(text);
  });

  it('has units, commas and no zero for what was not measured', () => {
    expect(count(1024)).toBe('1,024');
    expect(percent(0.312, 1)).toBe('31.2 %');
    expect(percent(null)).toBe('–');
    expect([plural(1, 'token'), plural(37, 'token')]).toEqual(['1 token', '37 tokens']);
    expect([1, 2, 3, 11, 22].map(ordinal)).toEqual(['1st', '2nd', '3rd', '11th', '22nd']);
    expect([40, 400, 4100, 130_000].map(roughly)).toEqual(['0.1 s', '0.4 s', '4 s', '2 min']);
  });
});
