import type { RedisConnection } from '@frontier/redis';
import { ConfigurableModuleBuilder } from '@nestjs/common';
import { addressKey } from './client-address.js';
import type { RateLimitStore } from './store/rate-limit-store.js';

/** The caller whose requests are counted together, with its own limits where those differ from the server's. */
export interface RateLimitPrincipal {
  id: string;
  requests?: number;
  tokensPerMinute?: number;
  maxConcurrent?: number;
}

/** Options of {@link RateLimitModule}. */
export interface RateLimitModuleOptions {
  /** Requests of one caller to one endpoint in any window. */
  requests: number;
  /** Length of a window. */
  windowMs: number;
  /** Tokens of one caller in any minute; default: no limit. */
  tokensPerMinute?: number;
  /** Requests of one caller that run at once, in this process; default: no limit. */
  maxConcurrent?: number;
  /** Identifies the caller of a request; default: its IP address, of IPv6 the /64 network. */
  principal?: (request: object) => RateLimitPrincipal;
  /** Shares windows among processes; while it is away, each process counts for itself. */
  redis?: RedisConnection;
  /** Windows of your own, instead of these. */
  store?: RateLimitStore;
}

export const RateLimitModuleOptions = Symbol('RateLimitModuleOptions');

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<RateLimitModuleOptions>({
  optionsInjectionToken: RateLimitModuleOptions,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

/** The caller by its IP address: of IPv6 the /64 network, which is one caller's. */
export function principalByAddress(request: object): RateLimitPrincipal {
  return { id: `ip:${addressKey((request as { ip: string }).ip)}` };
}
