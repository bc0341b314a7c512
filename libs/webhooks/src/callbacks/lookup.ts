import { type LookupAddress, lookup as lookupInThread, Resolver } from 'node:dns';
import type { LookupFunction } from 'node:net';

export type Lookup = LookupFunction;

interface ResolverOptions {
  /** Name servers, as `address:port`; default: the system's. */
  servers?: readonly string[];
  /** Patience with a name server, and the times that it is asked. */
  timeoutMs?: number;
  tries?: number;
}

const DEFAULTS = { timeoutMs: 2000, tries: 2 } as const;

/**
 * Resolves names by DNS alone, over sockets: `dns.lookup` takes one of libuv's four threads until the system gives up, so four names
 * that resolve slowly would hold up every file of the process. It reads neither `/etc/hosts` nor search domains, which public names
 * do not need.
 */
export function lookupWithResolver({
  servers,
  timeoutMs = DEFAULTS.timeoutMs,
  tries = DEFAULTS.tries,
}: ResolverOptions = {}): Lookup {
  return (hostname, options, done) => {
    // One for each name: it reads the system's name servers as they are now.
    const resolver = new Resolver({ timeout: timeoutMs, tries });
    if (servers) resolver.setServers(servers);
    const families = options.family === 4 || options.family === 6 ? [options.family] : ([4, 6] as const);
    const found: LookupAddress[] = [];
    let left = families.length;
    let fault: NodeJS.ErrnoException | null = null;
    const settle =
      (family: 4 | 6) =>
      (error: NodeJS.ErrnoException | null, addresses: string[] = []) => {
        fault ??= error;
        for (const address of addresses) found.push({ address, family });
        if (--left > 0) return;
        found.sort((a, b) => a.family - b.family);
        if (found.length === 0) return done(fault ?? noAddress(hostname), []);
        if (options.all) return done(null, found);
        done(null, found[0].address, found[0].family);
      };
    for (const family of families) {
      if (family === 4) resolver.resolve4(hostname, settle(4));
      else resolver.resolve6(hostname, settle(6));
    }
  };
}

/** Half of libuv's threads: the other half reads files, however slowly names resolve. */
const MAX_THREADS = 2;

/** Resolves names as the system does, so many at once: for names of the operator's choice. */
export function lookupOfSystem(lookup: Lookup = lookupInThread as Lookup, atOnce = MAX_THREADS): Lookup {
  const waiting: (() => void)[] = [];
  let running = 0;
  const begin = (work: (end: () => void) => void): void => {
    running++;
    work(() => {
      running--;
      const next = waiting.shift();
      if (next) next();
    });
  };
  return (hostname, options, done) => {
    const work = (end: () => void): void =>
      lookup(hostname, options, (...result) => {
        end();
        done(...result);
      });
    if (running < atOnce) begin(work);
    else waiting.push(() => begin(work));
  };
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address.`), { code: 'ENOTFOUND' });
}
