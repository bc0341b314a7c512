import type { QueueLimits } from '@frontier/batching';
import type { CacheStore } from '@frontier/caching';
import type { EngineOptions, ModelOptions } from '@frontier/engine';
import type { TokenLimiter } from '@frontier/rate-limit';
import type { CircuitBreakers } from '@frontier/resilience';

/** One model that the server offers. */
export interface ModelDefinition extends Omit<ModelOptions, 'graphCache'> {
  name: string;
  /** Further names that callers may use. */
  aliases: readonly string[];
  /** What else tells its answers from those of other versions; a part of the cache's keys. */
  revision?: string;
}

/** Where answers are kept, and for how long. */
export interface AnswerCacheOptions {
  store: CacheStore;
  ttlMs: number;
}

/** What {@link InferenceModule} is made of. The engine's options and the limits hold for every model. */
export interface InferenceModuleOptions extends Omit<EngineOptions, 'maxWaiting'>, Pick<ModelOptions, 'graphCache'> {
  models: readonly ModelDefinition[];
  /** The model of requests that name none: a name or an alias. */
  defaultModel: string;
  /** A silent engine process is killed after this long; default 15,000. */
  hangTimeoutMs?: number;
  /** What may wait for a model; default: 512 answers, for 30 s. */
  queue?: QueueLimits;
  /** A request that has not ended after this long fails; default 120,000. */
  requestTimeoutMs?: number;
  /** Where answers that are always the same are kept; default: they are not. */
  cache?: AnswerCacheOptions;
  /** Limits the tokens of callers; default: no limit. */
  tokens?: TokenLimiter;
  /** Where the breaker of each model, `model:<name>`, comes from; default: breakers of the module's own. */
  breakers?: CircuitBreakers;
}

export const DEFAULT_INFERENCE_OPTIONS = {
  hangTimeoutMs: 15_000,
  queue: { maxRequests: 512, timeoutMs: 30_000 },
  requestTimeoutMs: 120_000,
} as const;
