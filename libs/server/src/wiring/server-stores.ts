import type { KeyStore } from '@frontier/auth';
import type { CacheStore } from '@frontier/caching';
import type { IdempotencyStore } from '@frontier/idempotency';
import type { RateLimitStore } from '@frontier/rate-limit';

/** Stores of a team, each in place of the one that the configuration asks for. */
export interface ServerStores {
  /** Finds the principal of a token; `TRUTHGPT_API_TOKEN` and `API_KEYS_FILE` are not read then. */
  keys?: KeyStore;
  /** Stores completions of greedy and seeded requests, and values of `@Cached`. */
  cache?: CacheStore;
  /** Keeps responses by idempotency key. */
  idempotency?: IdempotencyStore;
  /** Counts requests and tokens in windows. */
  rateLimit?: RateLimitStore;
}
