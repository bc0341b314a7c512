import type { DynamicModule } from '@nestjs/common';
import { DurableStorage } from '@frontier/durable';
import { Drain } from '@frontier/http';
import { type Condition, LiveModule } from '@frontier/live';
import { RedisConnection } from '@frontier/redis';
import type { ServerConfig } from '../config/server-config.js';
import { VERSION } from '../config/version.js';
import type { TrafficModules } from './traffic.js';

/** The live stream, where `ENABLE_CONSOLE` is set. */
export function liveModules({ environment }: ServerConfig, { redis }: Pick<TrafficModules, 'redis'>): DynamicModule[] {
  if (!environment.ENABLE_CONSOLE) return [];
  const live = LiveModule.forRootAsync({
    imports: redis,
    inject: [Drain, DurableStorage, ...(redis.length > 0 ? [RedisConnection] : [])],
    useFactory: (drain: Drain, storage: DurableStorage, connection?: RedisConnection) => ({
      version: VERSION,
      limits: {
        queueMax: environment.QUEUE_MAX_SIZE,
        queueTimeoutMs: environment.QUEUE_TIMEOUT_MS,
        requestTimeoutMs: environment.REQUEST_TIMEOUT_MS,
      },
      tasks: storage,
      conditions: () => conditionsOf(drain, storage, connection),
    }),
  });
  return [live];
}

/** The conditions of what the server stands on. */
function conditionsOf(drain: Drain, storage: DurableStorage, redis: RedisConnection | undefined): Condition[] {
  const conditions: Condition[] = [];
  if (!drain.readiness().isReady) {
    const text = 'The server is shutting down: running requests may end, new ones are refused.';
    conditions.push({ code: 'draining', level: 'warn', text });
  }
  if (!storage.isAvailable) {
    const text = 'The storage of jobs is not available: jobs and webhooks are refused, all else is served.';
    conditions.push({ code: 'jobs_unavailable', level: 'error', text });
  }
  if (redis && !redis.isAvailable) {
    const text = 'Redis is not available: limits, idempotency keys and cache are those of this process alone.';
    conditions.push({ code: 'redis_away', level: 'warn', text });
  }
  return conditions;
}
