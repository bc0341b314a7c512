import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { ModelTask, QueueLimits } from '@frontier/batching';
import type { EngineOptions, ModelOptions } from '@frontier/engine';
import type { HubSettings } from '@frontier/engine/hub';
import type { ResponseCacheOptions } from './cache/response-cache.js';
import type { CircuitBreakers } from './pipeline/circuit-breakers.js';
import type { TokenLimiter } from './tokens/token-limiter.js';

/** One model that the server offers. */
export interface ModelDefinition extends Omit<
  ModelOptions,
  'graphCache' | 'graphCacheMaxBytes' | 'maxCacheTokens' | 'prefixCacheBytes'
> {
  name: string;
  /** Further names that callers may use. */
  aliases: readonly string[];
  /** The work that it must do; default: what it is made for. */
  task?: ModelTask;
  /** Distinguishes its answers from those of other versions; a part of the cache's keys. */
  revision?: string;
}

/** Options of {@link InferenceModule}. The engine's options and the limits hold for every model. */
export interface InferenceModuleOptions
  extends Omit<EngineOptions, 'maxWaiting'>, Pick<ModelOptions, 'graphCache' | 'graphCacheMaxBytes'> {
  models: readonly ModelDefinition[];
  /** The model of requests that name none: a name or an alias. */
  defaultModel: string;
  /** Address and cache of the hub, for paths such as `hf:org/name`; default: those of Hugging Face's variables. */
  hub?: HubSettings;
  /** A pass of an encoder waits so long for more texts at most; default 20. */
  flushTimeoutMs?: number;
  /** A silent engine process is killed after this long; default 15,000. */
  hangTimeoutMs?: number;
  /** Limits of each model's queue; default: 512 answers, for 30 s. */
  queue?: QueueLimits;
  /** A request that has not ended after this long fails; default 120,000. */
  requestTimeoutMs?: number;
  /** Keeps answers to greedy or seeded requests; default: none are kept. */
  cache?: ResponseCacheOptions;
  /** Limits the tokens of principals; default: no limit. */
  tokens?: TokenLimiter;
  /** Guard each model as `model:<name>`; default: no breakers. */
  breakers?: CircuitBreakers;
}

export const DEFAULT_INFERENCE_OPTIONS = {
  hangTimeoutMs: 15_000,
  queue: { maxRequests: 512, timeoutMs: 30_000 },
  requestTimeoutMs: 120_000,
} as const;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<InferenceModuleOptions>()
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();
