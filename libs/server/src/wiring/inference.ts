import { join, resolve } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import { CacheStore } from '@frontier/caching';
import { InferenceModule, type InferenceModuleOptions, type ModelsFolderOptions } from '@frontier/inference';
import { TokenLimiter } from '@frontier/rate-limit';
import { CircuitBreakers } from '@frontier/resilience';
import type { ServerConfig } from '../config/server-config.js';
import type { TrafficModules } from './traffic.js';

/** The models and their engines as the configuration has them. */
export function inferenceModule(
  config: ServerConfig,
  { resilience, rateLimit, caching }: Pick<TrafficModules, 'resilience' | 'rateLimit' | 'caching'>,
): DynamicModule {
  const { CACHE_BACKEND, CACHE_DEFAULT_TTL } = config.environment;
  return InferenceModule.forRootAsync({
    isGlobal: true,
    imports: [resilience, rateLimit, caching],
    inject: [CircuitBreakers, TokenLimiter, CacheStore],
    useFactory: (breakers: CircuitBreakers, tokens: TokenLimiter, store: CacheStore) => ({
      ...inferenceOptions(config),
      breakers,
      tokens,
      cache: CACHE_BACKEND === 'none' ? undefined : { store, ttlMs: CACHE_DEFAULT_TTL * 1000 },
    }),
  });
}

function inferenceOptions({ environment, models, hub }: ServerConfig): InferenceModuleOptions {
  return {
    defaultModel: models.defaultModel,
    models: models.models.map((model) => ({
      ...model,
      maxBatchSize: model.maxBatchSize ?? environment.BATCH_MAX_SIZE,
      // Of a model of tensors the operator says so that the first dimension is one of independent rows.
      sharesRows: model.maxBatchSize !== undefined,
    })),
    modelsMemoryBytes: environment.MODELS_MEMORY_BYTES,
    modelsFolder:
      environment.MODELS_DIR === undefined ? undefined : modelsFolderOf(environment, environment.MODELS_DIR),
    hub,
    prefillChunkTokens: environment.PREFILL_CHUNK_TOKENS,
    maxCacheTokens: environment.KV_CACHE_TOKENS,
    prefixCacheBytes: environment.PREFIX_CACHE_BYTES,
    sharesPrefixes: environment.PREFIX_CACHE_SHARED,
    flushTimeoutMs: environment.BATCH_FLUSH_TIMEOUT_MS,
    graphCache: graphCacheOf(environment),
    graphCacheMaxBytes: environment.GRAPH_CACHE_MAX_BYTES,
    hangTimeoutMs: environment.ENGINE_HANG_TIMEOUT_MS,
    queue: {
      maxRequests: environment.QUEUE_MAX_SIZE,
      maxTokens: environment.QUEUE_MAX_TOKENS,
      timeoutMs: environment.QUEUE_TIMEOUT_MS,
    },
    requestTimeoutMs: environment.REQUEST_TIMEOUT_MS,
  };
}

function modelsFolderOf({ BATCH_MAX_SIZE }: ServerConfig['environment'], path: string): ModelsFolderOptions {
  return {
    path: resolve(path),
    model: { maxBatchSize: BATCH_MAX_SIZE, residency: { policy: 'on_demand' } },
  };
}

function graphCacheOf({ GRAPH_CACHE_DIR, DATA_DIR }: ServerConfig['environment']): string | undefined {
  return GRAPH_CACHE_DIR === 'off' ? undefined : (GRAPH_CACHE_DIR ?? join(DATA_DIR, 'graphs'));
}
