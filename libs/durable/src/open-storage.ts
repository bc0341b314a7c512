import type { DurableModuleOptions } from './durable.options.js';
import type { DurableStorage } from './ports/durable-storage.js';

/** Opens the storage that the options name. The other one's libraries are not loaded. */
export async function openStorage({ folder, redisUrl }: DurableModuleOptions): Promise<DurableStorage> {
  let storage: DurableStorage;
  if (redisUrl === undefined) {
    const { SqliteStorage } = await import('./sqlite/sqlite.storage.js');
    storage = new SqliteStorage(folder);
  } else {
    const { RedisStorage } = await import('./redis/redis.storage.js');
    storage = new RedisStorage(redisUrl);
  }
  await storage.open();
  return storage;
}
