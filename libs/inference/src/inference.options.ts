import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { QueueLimits } from '@frontier/batching';
import type { EngineOptions, ModelOptions } from '@frontier/engine';
import type { HubSettings } from '@frontier/engine/hub';
import type { ResponseCacheOptions } from './cache/response-cache.js';
import type { CircuitBreakers } from './pipeline/circuit-breakers.js';
import type { ModelDefinition } from './registry/model-definition.js';
import type { ModelsFolderOptions } from './registry/models-folder.js';
import type { TokenLimiter } from './tokens/token-limiter.js';

/** Options of {@link InferenceModule}. The engine's options and the limits hold for every model. */
export interface InferenceModuleOptions
  extends Omit<EngineOptions, 'maxWaiting'>, Pick<ModelOptions, 'graphCache' | 'graphCacheMaxBytes'> {
  models: readonly ModelDefinition[];
  /** The model of requests that name none: a name or an alias. */
  defaultModel: string;
  /** Bytes of memory that the processes of all models may take together; default: no limit of their own. */
  modelsMemoryBytes?: number;
  /** A folder of models that come and go while the server runs; default: none. */
  modelsFolder?: ModelsFolderOptions;
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
