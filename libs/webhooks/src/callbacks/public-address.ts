import { BlockList, isIP } from 'node:net';
import { GLOBAL_UNICAST_IPV6, SPECIAL_IPV4, SPECIAL_IPV6 } from './special-networks.js';

const special = new BlockList();
for (const { cidr } of SPECIAL_IPV4) special.addSubnet(...subnet(cidr), 'ipv4');
for (const { cidr } of SPECIAL_IPV6) special.addSubnet(...subnet(cidr), 'ipv6');
const globalUnicast = new BlockList();
globalUnicast.addSubnet(...subnet(GLOBAL_UNICAST_IPV6), 'ipv6');

/** Tells whether an IP address is one of the public Internet. IPv4 addresses in IPv6 are none, whatever they stand for. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special.check(address, 'ipv4');
  // The zone of an address (RFC 4007) belongs to one that is not public.
  if (version !== 6 || address.includes('%')) return false;
  return globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

function subnet(cidr: string): [address: string, prefix: number] {
  const [address, prefix] = cidr.split('/');
  return [address, Number(prefix)];
}
