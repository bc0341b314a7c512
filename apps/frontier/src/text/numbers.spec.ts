import { describe, expect, it } from 'vitest';
import { countText, durationText, memoryText, parseSize, sizesText, sizeText } from './numbers.js';

describe('numbers', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [18_400_000, '18 MB'],
    [6_302_904, '6.3 MB'],
    [272_000_000, '272 MB'],
    [999_600_000, '1.0 GB'],
    [41e9, '41 GB'],
  ])('sizeText writes %d as %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

  it('sizesText has one unit', () => expect(sizesText(166e6, 272e6)).toBe('166 of 272 MB'));

  it.each([
    [46.4, '46 ms'],
    [999.6, '1.00 s'],
    [1320, '1.32 s'],
    [15_200, '15 s'],
    [180_000, '3 min'],
  ])('durationText writes %d as %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it.each([
    [24 * 2 ** 30, '24 GiB'],
    [0.3 * 2 ** 30, '0.3 GiB'],
    [1.55 * 2 ** 30, '1.6 GiB'],
  ])('memoryText writes %d as %s', (bytes, text) => expect(memoryText(bytes)).toBe(text));

  it.each([
    ['4GB', 4e9],
    ['512 MiB', 512 * 2 ** 20],
    ['1000', 1000],
    ['1.5g', 1.5e9],
    ['much', undefined],
    ['-1', undefined],
  ])('parseSize reads %s as %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it('countText separates thousands', () => expect(countText(1912.4)).toBe('1,912'));
});
