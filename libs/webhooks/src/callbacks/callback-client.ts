import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type Lookup, lookupOfSystem, lookupWithResolver } from './lookup.js';
import { isPublicAddress } from './public-address.js';
import { targetRefused } from '../webhooks.errors.js';

export interface CallbackClientOptions {
  /** Hosts, or `host:port`, that may be reached although they are not public. */
  allowedHosts: readonly string[];
  /** For one attempt; default 10,000. */
  timeoutMs?: number;
  /** Resolves names; default: by DNS, and those of `allowedHosts` as the system does. */
  lookup?: LookupFunction;
}

/** The response of a receiver. */
export interface CallbackResponse {
  status: number;
  /** The delay that it asks for before the next attempt. */
  retryAfterMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Posts to URLs that callers have named, and to no private address: names are resolved once, by the socket that connects, and their
 * addresses are checked there. Redirects are not followed.
 */
export class CallbackClient {
  private readonly lookupAllowed: Lookup;
  private readonly lookupNamed: Lookup;

  constructor(private readonly options: CallbackClientOptions) {
    this.lookupAllowed = options.lookup ?? lookupOfSystem();
    this.lookupNamed = options.lookup ?? lookupWithResolver();
  }

  /**
   * Checks a URL without resolving its name.
   * @throws `callback_refused`
   */
  assertAllowed(url: string): URL {
    if (!URL.canParse(url)) throw targetRefused('it is no URL');
    const target = new URL(url);
    if (target.protocol !== 'https:' && target.protocol !== 'http:') throw targetRefused('it must be http or https');
    if (target.username || target.password) throw targetRefused('it must not hold credentials');
    const host = bare(target.hostname);
    if (this.isAllowedAnyway(target)) return target;
    if (isIP(host) && !isPublicAddress(host)) throw targetRefused('its address is not public');
    if (/(^|\.)(localhost|local|internal)$/i.test(host.replace(/\.$/, '')))
      throw targetRefused('its host is not public');
    return target;
  }

  /**
   * Sends a body as JSON, and returns the status of the response.
   * @param signal ends the attempt
   * @throws `callback_refused`; errors of the network, one of the name `TimeoutError`, and the signal's reason
   */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal?: AbortSignal,
  ): Promise<CallbackResponse> {
    const target = this.assertAllowed(url);
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = this.options;
    const send = target.protocol === 'https:' ? requestHttps : requestHttp;
    const { promise, resolve: settle, reject } = Promise.withResolvers<CallbackResponse>();
    const request = send(target, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) },
      // Connections are not kept: each one is checked.
      agent: false,
      lookup: this.isAllowedAnyway(target) ? this.lookupAllowed : this.publicLookup(),
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    });
    request.once('response', (response) => {
      // Its body is of no use.
      response.destroy();
      const retryAfterMs = retryAfter(response.headers['retry-after']);
      settle({ status: response.statusCode!, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    });
    // Nobody asked for another protocol.
    request.once('upgrade', (response, socket) => {
      socket.destroy();
      settle({ status: response.statusCode! });
    });
    request.once('close', () => reject(new Error('The connection was closed.')));
    request.on('error', (error) => reject(error.name === 'AbortError' ? (error.cause ?? error) : error));
    request.end(body);
    return promise;
  }

  private isAllowedAnyway(target: URL): boolean {
    const { allowedHosts } = this.options;
    return allowedHosts.includes(bare(target.hostname)) || allowedHosts.includes(target.host);
  }

  private publicLookup(): LookupFunction {
    return (hostname, options, done) => {
      this.lookupNamed(hostname, { ...options, all: true }, (error, found) => {
        if (error) return done(error, []);
        const addresses = typeof found === 'string' ? [] : found;
        const refused = addresses.find(({ address }) => !isPublicAddress(address));
        if (refused || addresses.length === 0) return done(targetRefused('its host is not public'), []);
        if (options.all) return done(null, addresses);
        done(null, addresses[0].address, addresses[0].family);
      });
    };
  }
}

/** IPv6 addresses stand in brackets in URLs. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const milliseconds = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}
