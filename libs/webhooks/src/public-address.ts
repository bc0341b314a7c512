import { BlockList, isIP } from 'node:net';

/** Addresses that are not on the public Internet (https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-). */
const special = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(address, prefix, 'ipv4');
}
/** All that is not global unicast, and what of that leads elsewhere: documentation, Teredo, 6to4. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
special.addSubnet('2001::', 23, 'ipv6');
special.addSubnet('2001:db8::', 32, 'ipv6');
special.addSubnet('2002::', 16, 'ipv6');
special.addSubnet('3fff::', 20, 'ipv6');

/** Whether an IP address is one of the public Internet; IPv4 addresses in IPv6 are what they stand for. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special.check(address, 'ipv4');
  if (version !== 6) return false;
  // Translated addresses (RFC 6052) are outside of it, and so are mapped ones.
  return globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
