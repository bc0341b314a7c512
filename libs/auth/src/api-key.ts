/** What a token stands for: who calls, and what they may. */
export interface ApiKey {
  /** Unique among keys; shows up in logs and keeps callers' limits, caches and idempotency keys apart. */
  name: string;
  /** Whether routes that are marked `@Admin()` are open to it. */
  admin: boolean;
  /** Names or aliases of the models that it may use; default: all. */
  models?: readonly string[];
  /** How urgent its requests are at most. */
  priority?: 'high' | 'normal' | 'low';
  /** Requests in any window of the rate limit; default: the server's. */
  rateLimit?: number;
  /** Tokens in any minute; default: the server's. */
  tokensPerMinute?: number;
  /** Requests at once; default: the server's. */
  maxConcurrent?: number;
}
