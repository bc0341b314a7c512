import { describe, expect, it } from 'vitest';
import { nearestAddresses } from './forwarded-for.js';

describe(nearestAddresses, () => {
  it.each([
    ['9.9.9.8:40001', ['9.9.9.8']],
    ['9.9.9.8:40001, [2001:db8::1]:80, 10.0.0.1', ['9.9.9.8', '2001:db8::1', '10.0.0.1']],
    ['1.1.1.1, unknown, 9.9.9.8', ['9.9.9.8']],
    ['9.9.9.8, unknown', []],
    ['', []],
    [',', []],
  ])('of %j are %o', (header, addresses) => expect(nearestAddresses(header)).toEqual(addresses));
});
