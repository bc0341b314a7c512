/** A network that is not of the public Internet, and its source. */
export interface SpecialNetwork {
  cidr: string;
  name: string;
}

/**
 * IPv4: all of the IANA registry, also what is reachable but serves no callbacks (https://www.iana.org/assignments/iana-ipv4-special-registry,
 * of 2025-10-09), multicast and reserved, and addresses of clouds that are the machine's own surroundings.
 */
export const SPECIAL_IPV4: readonly SpecialNetwork[] = [
  { cidr: '0.0.0.0/8', name: 'this network (RFC 791)' },
  { cidr: '10.0.0.0/8', name: 'private use (RFC 1918)' },
  { cidr: '100.64.0.0/10', name: 'shared address space (RFC 6598); 100.100.100.200 is metadata of Alibaba Cloud' },
  { cidr: '127.0.0.0/8', name: 'loopback (RFC 1122)' },
  { cidr: '161.26.0.0/16', name: "IBM Cloud's services of the infrastructure, reachable from inside only" },
  { cidr: '166.8.0.0/14', name: "IBM Cloud's services, reachable from inside only" },
  { cidr: '168.63.129.16/32', name: "Azure's platform: agents, DNS, health probes, certificates" },
  { cidr: '169.254.0.0/16', name: 'link-local (RFC 3927): metadata of AWS, Azure, Google Cloud and others' },
  { cidr: '172.16.0.0/12', name: 'private use (RFC 1918)' },
  { cidr: '192.0.0.0/24', name: 'IETF protocol assignments (RFC 6890); 192.0.0.192 is metadata of Oracle Cloud' },
  { cidr: '192.0.2.0/24', name: 'documentation (RFC 5737)' },
  { cidr: '192.31.196.0/24', name: 'AS112-v4 (RFC 7535)' },
  { cidr: '192.52.193.0/24', name: 'AMT (RFC 7450)' },
  { cidr: '192.88.99.0/24', name: '6to4 relays (RFC 7526)' },
  { cidr: '192.168.0.0/16', name: 'private use (RFC 1918)' },
  { cidr: '192.175.48.0/24', name: 'AS112 (RFC 7534)' },
  { cidr: '198.18.0.0/15', name: 'benchmarking (RFC 2544)' },
  { cidr: '198.51.100.0/24', name: 'documentation (RFC 5737)' },
  { cidr: '203.0.113.0/24', name: 'documentation (RFC 5737)' },
  { cidr: '224.0.0.0/4', name: 'multicast (RFC 5771)' },
  { cidr: '240.0.0.0/4', name: 'reserved (RFC 1112), and the limited broadcast (RFC 919)' },
];

/**
 * The network that IANA has given for global unicast (https://www.iana.org/assignments/ipv6-address-space). All else is special: `::1`, `::ffff:0:0/96` (mapped),
 * `64:ff9b::/96` and `64:ff9b:1::/48` (NAT64), `100::/64`, `5f00::/16` (SRv6), `fc00::/7` (private; metadata of AWS, Google Cloud and others),
 * `fe80::/10` (link-local), `fec0::/10` (site-local), `ff00::/8` (multicast).
 */
export const GLOBAL_UNICAST_IPV6 = '2000::/3';

/** Of those, what https://www.iana.org/assignments/iana-ipv6-special-registry (of 2025-10-09) lists, and addresses that stand for IPv4 ones. */
export const SPECIAL_IPV6: readonly SpecialNetwork[] = [
  {
    cidr: '2001::/23',
    name: 'IETF protocol assignments (RFC 2928): Teredo, benchmarking, AMT, ORCHID, ORCHIDv2, DRIP',
  },
  { cidr: '2001:db8::/32', name: 'documentation (RFC 3849)' },
  { cidr: '2002::/16', name: '6to4 (RFC 3056)' },
  { cidr: '2620:4f:8000::/48', name: 'AS112 (RFC 7534)' },
  { cidr: '3fff::/20', name: 'documentation (RFC 9637)' },
];
