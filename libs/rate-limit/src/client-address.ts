import { isIP, SocketAddress } from 'node:net';

/**
 * An IP address in its shortest form, with the port, brackets and zone taken off that proxies may add; IPv4 in IPv6 is IPv4.
 * @returns `undefined` for what is none
 */
export function parseAddress(text: string): string | undefined {
  if (isIP(text) === 4) return text;
  const [, bracketed, version4] = /^\[([^\]]*)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/.exec(text.trim()) ?? [];
  const address = (bracketed ?? version4 ?? text.trim()).replace(/%.*$/, '');
  const version = isIP(address);
  if (version === 0) return undefined;
  if (version === 4) return address;
  const short = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:([\d.]+)$/i.exec(short)?.[1] ?? short;
}

/** The part of an address that belongs to one caller: all of IPv4, the /64 network of IPv6. */
export function addressKey(address: string): string {
  const parsed = parseAddress(address) ?? address;
  if (isIP(parsed) !== 6) return parsed;
  const [head, tail] = parsed.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])];
  return `${all.slice(0, 4).join(':')}::/64`;
}
