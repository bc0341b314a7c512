export type { ResponseCacheKey, ResponseCacheOptions, ResponseCacheStore } from './cache/response-cache.js';
export type { CircuitBreakers, Permit } from './circuit-breakers.js';
export type { Choice, Completion } from './generation/completion.js';
export { type CacheStatus, type GenerationHead, GenerationStream } from './generation/generation-stream.js';
export { modelNotFound } from './inference.errors.js';
export { InferenceModule } from './inference.module.js';
export {
  type InferenceModuleOptions,
  type ModelDefinition,
  MODULE_OPTIONS_TOKEN as INFERENCE_OPTIONS,
} from './inference.options.js';
export { InferenceService } from './inference.service.js';
export { ModelRegistry, type ModelStatus } from './model-registry.js';
export type { CacheDirectives, GenerateRequest } from './request/generate-request.js';
export { type Principal, priorityOf } from './request/principal.js';
export { type ModelUse, TextService } from './text.service.js';
export type { TokenLimiter, TokenLimitState, TokenReservation } from './tokens/token-limiter.js';
export {
  type ChatPrompt,
  createDeadline,
  type Deadline,
  type DeadlineOptions,
  type GenerationEvent,
  type GenerationObserver,
} from '@frontier/batching';
export { DEFAULT_SAMPLING_PARAMS, MAX_LOGITS_PROCESSORS, PRIORITIES } from '@frontier/engine';
export type {
  ChatMessage,
  ChatOptions,
  FinishReason,
  JsonSchema,
  ModelInfo,
  PhaseDurations,
  Priority,
  SamplingParams,
  TokenLogprob,
  TokenLogprobs,
  Usage,
} from '@frontier/engine';
