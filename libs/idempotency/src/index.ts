export { idempotencyKeyInUse, idempotencyKeyReused } from './idempotency.errors.js';
export { IdempotencyModule } from './idempotency.module.js';
export type { IdempotencyModuleOptions } from './idempotency.options.js';
export { IdempotencyService } from './idempotency.service.js';
export type { Claim, IdempotentRun } from './idempotency.service.js';
export { IdempotencyStore } from './idempotency-store.js';
export type { IdempotencyEntry } from './idempotency-store.js';
export { MemoryIdempotencyStore } from './memory-idempotency.store.js';
export { RedisIdempotencyStore } from './redis-idempotency.store.js';
