export { redisUnavailable } from './redis.errors.js';
export { RedisConnection } from './redis-connection.js';
export type { RedisClient } from './redis-connection.js';
export { RedisModule } from './redis.module.js';
export { RedisModuleOptions } from './redis.options.js';
export { RedisScript } from './redis-script.js';
export { RedisSharedEntries } from './redis-shared-entries.js';
export type { RedisSharedEntriesOptions } from './redis-shared-entries.js';
