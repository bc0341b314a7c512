import type { RedisConnection } from '@frontier/redis';
import { ConfigurableModuleBuilder } from '@nestjs/common';
import { FallbackIdempotencyStore } from './fallback-idempotency.store.js';
import type { IdempotencyStore } from './idempotency-store.js';
import { MemoryIdempotencyStore } from './memory-idempotency.store.js';
import { RedisIdempotencyStore } from './redis-idempotency.store.js';

/** Options of {@link IdempotencyModule}. */
export interface IdempotencyModuleOptions {
  /** Time that a response is kept while its caller has room for it; default 24 hours. */
  ttlMs?: number;
  /** Time after which a key is free again whose request never ended, because its process did; default 10 minutes. */
  claimMs?: number;
  /** Bytes of one response; a longer one is not kept. Default 2 MiB. */
  maxResponseBytes?: number;
  /** Bytes of all responses, which callers share; default 64 MiB. */
  maxBytes?: number;
  /** Shares keys among processes; while it is away, each process keeps its own. */
  redis?: RedisConnection;
  /** A store of your own, instead of these. */
  store?: IdempotencyStore;
}

export const IdempotencyModuleOptions = Symbol('IdempotencyModuleOptions');

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<IdempotencyModuleOptions>({
  optionsInjectionToken: IdempotencyModuleOptions,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

export const DEFAULT_IDEMPOTENCY_OPTIONS = {
  ttlMs: 24 * 3_600_000,
  claimMs: 600_000,
  maxResponseBytes: 2 * 2 ** 20,
  maxBytes: 64 * 2 ** 20,
} as const;

/** The store that the options ask for. */
export function createIdempotencyStore({ store, redis, ...options }: IdempotencyModuleOptions): IdempotencyStore {
  if (store) return store;
  const maxBytes = options.maxBytes ?? DEFAULT_IDEMPOTENCY_OPTIONS.maxBytes;
  const memory = new MemoryIdempotencyStore(maxBytes);
  return redis ? new FallbackIdempotencyStore(new RedisIdempotencyStore(redis, maxBytes), memory, maxBytes) : memory;
}
