import { describe, expect, it } from 'vitest';
import { addressKey, parseAddress } from './client-address.js';

describe(parseAddress, () => {
  it.each([
    ['9.9.9.8', '9.9.9.8'],
    [' 9.9.9.8:40001 ', '9.9.9.8'],
    ['[2001:DB8:0::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['::ffff:9.9.9.8', '9.9.9.8'],
    ['::FFFF:0909:0908', '9.9.9.8'],
    ['[::ffff:9.9.9.8]:80', '9.9.9.8'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
  ])('takes %s as %s', (text, address) => expect(parseAddress(text)).toBe(address));

  it.each([
    '',
    'unknown',
    '_hidden',
    '9.9.9',
    '9.9.9.8:',
    '9.9.9.8:x',
    '9.9.9.8:123456',
    '09.9.9.8',
    '1.2.3.4.5:1',
    '[9.9.9.8',
    '2001:db8::1:g',
    'a.example',
  ])('takes no other text for one: %j', (text) => expect(parseAddress(text)).toBeUndefined());
});

describe(addressKey, () => {
  it.each([
    ['9.9.9.8', '9.9.9.8'],
    ['::ffff:9.9.9.8', '9.9.9.8'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1::8', '1:0:0:0::/64'],
  ])('of %s is %s', (address, key) => expect(addressKey(address)).toBe(key));
});
