import type { DynamicModule } from '@nestjs/common';
import { AuthModule } from '@frontier/auth';
import { CachingModule } from '@frontier/caching';
import { HttpModule, requestPrincipal } from '@frontier/http';
import { IdempotencyModule } from '@frontier/idempotency';
import { RateLimitModule } from '@frontier/rate-limit';
import { RedisConnection, RedisModule } from '@frontier/redis';
import { ResilienceModule } from '@frontier/resilience';
import type { ServerConfig } from '../config/server-config.js';
import type { ServerStores } from './server-stores.js';

/** The time of a request beside its run: to arrive, and to be sent. */
const CLAIM_SLACK_MS = 60_000;

/** The modules that requests pass on their way to a model. */
export interface TrafficModules {
  /** One module where `REDIS_URL` is set, else none. */
  redis: DynamicModule[];
  resilience: DynamicModule;
  auth: DynamicModule;
  rateLimit: DynamicModule;
  caching: DynamicModule;
  idempotency: DynamicModule;
  http: DynamicModule;
}

/** Limits, caches, breakers and HTTP as the configuration has them. All are global, so that modules of a team can inject their services. */
export function trafficModules({ environment, apiToken }: ServerConfig, stores: ServerStores = {}): TrafficModules {
  const redis = environment.REDIS_URL === undefined ? [] : [RedisModule.forRoot({ url: environment.REDIS_URL })];
  const withRedis = { imports: redis, inject: redis.length > 0 ? [RedisConnection] : [] };
  const windowMs = environment.RATE_LIMIT_WINDOW_SEC * 1000;
  const resilience = ResilienceModule.forRoot({
    isGlobal: true,
    failureThreshold: environment.CIRCUIT_BREAKER_FAILURE_THRESHOLD,
    openMs: environment.CIRCUIT_BREAKER_TIMEOUT_SEC * 1000,
  });
  const auth = AuthModule.forRoot({
    isGlobal: true,
    token: apiToken.value,
    keysFile: environment.API_KEYS_FILE,
    keyStore: stores.keys,
  });
  const rateLimit = RateLimitModule.forRootAsync({
    isGlobal: true,
    ...withRedis,
    useFactory: (connection?: RedisConnection) => ({
      requests: environment.RATE_LIMIT_RPM,
      windowMs,
      tokensPerMinute: environment.TOKENS_PER_MINUTE,
      maxConcurrent: environment.MAX_CONCURRENT_PER_KEY,
      principal: requestPrincipal,
      redis: connection,
      store: stores.rateLimit,
    }),
  });
  const caching = CachingModule.forRootAsync({
    isGlobal: true,
    ...withRedis,
    useFactory: (connection?: RedisConnection) => ({
      backend: environment.CACHE_BACKEND,
      maxEntries: environment.CACHE_MAX_SIZE,
      maxBytes: environment.CACHE_MAX_BYTES,
      redis: connection,
      store: stores.cache,
    }),
  });
  const idempotency = IdempotencyModule.forRootAsync({
    isGlobal: true,
    ...withRedis,
    useFactory: (connection?: RedisConnection) => ({
      redis: connection,
      store: stores.idempotency,
      claimMs: environment.REQUEST_TIMEOUT_MS + CLAIM_SLACK_MS,
    }),
  });
  const http = HttpModule.forRoot({
    isGlobal: true,
    imports: [auth, rateLimit, idempotency],
    maxBodyBytes: environment.BODY_LIMIT_BYTES,
    failedRequests: { limit: environment.RATE_LIMIT_RPM, windowMs },
  });
  return { redis, resilience, auth, rateLimit, caching, idempotency, http };
}
