import type { RedisConnection } from '@frontier/redis';
import { FallbackIdempotencyStore } from './fallback-idempotency.store.js';
import type { IdempotencyStore } from './idempotency-store.js';
import { MemoryIdempotencyStore } from './memory-idempotency.store.js';
import { RedisIdempotencyStore } from './redis-idempotency.store.js';

/** How {@link IdempotencyModule} keeps keys. */
export interface IdempotencyModuleOptions {
  /** The time that an answer is kept while its caller has room for it; default 24 hours. */
  ttlMs?: number;
  /** A key whose request never ended, because its process did, is free again after this long; default 10 minutes. */
  claimMs?: number;
  /** Bytes of one answer; a longer one is not kept. Default 2 MiB. */
  maxAnswerBytes?: number;
  /** Bytes of all answers, which callers share; default 64 MiB. */
  maxBytes?: number;
  /** Shares keys among processes; while it is away, each process keeps its own. */
  redis?: RedisConnection;
  /** A store of your own, instead of these. */
  store?: IdempotencyStore;
}

export const DEFAULT_IDEMPOTENCY_OPTIONS = {
  ttlMs: 24 * 3_600_000,
  claimMs: 600_000,
  maxAnswerBytes: 2 * 2 ** 20,
  maxBytes: 64 * 2 ** 20,
} as const;

export function createIdempotencyStore({ store, redis, ...options }: IdempotencyModuleOptions): IdempotencyStore {
  if (store) return store;
  const maxBytes = options.maxBytes ?? DEFAULT_IDEMPOTENCY_OPTIONS.maxBytes;
  const memory = new MemoryIdempotencyStore(maxBytes);
  return redis ? new FallbackIdempotencyStore(new RedisIdempotencyStore(redis, maxBytes), memory, maxBytes) : memory;
}
