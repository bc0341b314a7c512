import type { RedisConnection } from '@frontier/redis';
import { addressKey } from './client-address.js';
import type { RateLimitStore } from './rate-limit-store.js';

/** Who is limited, and what the limits of theirs are where those differ from the server's. */
export interface RateLimitClient {
  id: string;
  requests?: number;
  tokensPerMinute?: number;
  maxConcurrent?: number;
}

/** What {@link RateLimitModule} limits. */
export interface RateLimitModuleOptions {
  /** Requests of one client to one endpoint in any window. */
  requests: number;
  /** How long a window is. */
  windowMs: number;
  /** Tokens of one client in any minute; default: no limit. */
  tokensPerMinute?: number;
  /** Requests of one client that run at once, in this process; default: no limit. */
  maxConcurrent?: number;
  /** Tells whose request it is; default: its IP address, of IPv6 the /64 network. */
  client?: (request: object) => RateLimitClient;
  /** Shares windows among processes; while it is away, each process counts for itself. */
  redis?: RedisConnection;
  /** Windows of your own, instead of these. */
  store?: RateLimitStore;
}

/** The client by its address, as far as that is one client's. */
export function clientByAddress(request: object): RateLimitClient {
  return { id: `ip:${addressKey((request as { ip: string }).ip)}` };
}
