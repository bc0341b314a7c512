import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from './public-address.js';

/** The first and the last address of a network, and the public ones before and after it where there are such. */
type Edges = [source: string, first: string, last: string, before?: string, after?: string];

describe(isPublicAddress, () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '93.184.215.14',
    '2606:4700::1111',
    '2a00:1450::1',
    '2001:4860:4860::8888',
    '2620:fe::fe',
  ])('takes %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each<Edges>([
    ['RFC 791', '0.0.0.0', '0.255.255.255', undefined, '1.0.0.0'],
    ['RFC 1918', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
    ['RFC 6598', '100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
    ['RFC 1122', '127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
    ['IBM Cloud, infrastructure', '161.26.0.0', '161.26.255.255', '161.25.255.255', '161.27.0.0'],
    ['IBM Cloud, services', '166.8.0.0', '166.11.255.255', '166.7.255.255', '166.12.0.0'],
    ['Azure, platform', '168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
    ['RFC 3927', '169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
    ['RFC 1918', '172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
    ['RFC 6890', '192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
    ['RFC 5737', '192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
    ['RFC 7535', '192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
    ['RFC 7450', '192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
    ['RFC 7526', '192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
    ['RFC 1918', '192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
    ['RFC 7534', '192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
    ['RFC 2544', '198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
    ['RFC 5737', '198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
    ['RFC 5737', '203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
    ['RFC 5771', '224.0.0.0', '239.255.255.255', '223.255.255.255'],
    ['RFC 1112', '240.0.0.0', '255.255.255.255'],
    ['RFC 4291, unspecified and loopback', '::', '::1'],
    ['RFC 4291, compatible with IPv4', '::8.8.8.8', '::ffff'],
    ['RFC 4291, mapped', '::ffff:0.0.0.0', '::ffff:255.255.255.255'],
    ['RFC 6052', '64:ff9b::', '64:ff9b::ffff:ffff'],
    ['RFC 8215', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 6666, RFC 9780', '100::', '100::1:ffff:ffff:ffff:ffff'],
    ['RFC 4380, Teredo', '2001::', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff', '2000:ffff::'],
    ['RFC 5180', '2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 7450', '2001:3::', '2001:3:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 7535', '2001:4:112::', '2001:4:112:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 4843, ORCHID', '2001:10::', '2001:1f:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 7343, ORCHIDv2', '2001:20::', '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 9374, DRIP', '2001:30::', '2001:3f:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 2928', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', undefined, '2001:200::'],
    ['RFC 3849', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db7:ffff::', '2001:db9::'],
    ['RFC 3056, 6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:ffff::', '2003::'],
    ['RFC 7534', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff', '2620:4f:7fff::', '2620:4f:8001::'],
    ['RFC 9637', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3ffe::', '3fff:1000::'],
    ['RFC 9602, SRv6', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 4193', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 4291, link-local', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 3879, site-local', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['RFC 4291, multicast', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('does not take the network of %s: %s to %s', (_, first, last, before, after) => {
    expect([first, last].map(isPublicAddress)).toEqual([false, false]);
    for (const beside of [before, after]) if (beside !== undefined) expect(isPublicAddress(beside)).toBe(true);
  });

  it.each([
    ['AWS', '169.254.169.254'],
    ['AWS', 'fd00:ec2::254'],
    ['AWS, credentials of tasks', '169.254.170.2'],
    ['AWS, credentials of pods', 'fd00:ec2::23'],
    ['Azure', '168.63.129.16'],
    ['Google Cloud', 'fd20:ce::254'],
    ['Alibaba Cloud', '100.100.100.200'],
    ['Oracle Cloud', '192.0.0.192'],
    ['Tencent Cloud', '169.254.0.23'],
    ['Scaleway', 'fd00:42::42'],
    ['Linode', 'fd00:a9fe:a9fe::1'],
    ['OpenStack', 'fe80::a9fe:a9fe'],
    ['IBM Cloud', '161.26.0.10'],
  ])('does not take the metadata or platform of %s, %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it('takes no private IPv4 address in any spelling of IPv6', () => {
    const octet = fc.nat(255);
    fc.assert(
      fc.property(octet, octet, octet, octet, (...octets) => {
        const [a, b, c, d] = octets;
        const high = (a * 256 + b).toString(16);
        const low = (c * 256 + d).toString(16);
        const spellings = [
          `::ffff:${octets.join('.')}`,
          `::FFFF:${high}:${low}`,
          `0:0:0:0:0:ffff:${high}:${low}`,
          `::${octets.join('.')}`,
          `::ffff:0:${high}:${low}`,
          `64:ff9b::${high}:${low}`,
          `64:ff9b:1::${high}:${low}`,
          `2002:${high}:${low}::1`,
          `2001::${high}:${low}`,
        ];
        expect(spellings.filter(isPublicAddress)).toEqual([]);
      }),
    );
  });

  it.each([
    '',
    'x',
    '1.2.3',
    '1.2.3.4.5',
    '0x8.8.8.8',
    '010.8.8.8',
    '134744072',
    '2606:4700::1111%eth0',
    '[2606:4700::1111]',
    '8.8.8.8:80',
  ])('takes nothing that is no address: %j', (address) => expect(isPublicAddress(address)).toBe(false));
});
