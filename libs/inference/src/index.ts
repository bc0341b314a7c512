export { priorityOf } from './caller-rights.js';
export { InferenceModule } from './inference.module.js';
export type { CacheDirectives, GenerateRequest, RequestCaller } from './generate-request.js';
export type { AnswerCacheOptions, InferenceModuleOptions, ModelDefinition } from './inference.options.js';
export { InferenceService } from './inference.service.js';
export type { Answer, CacheStatus, Choice, Completion } from './inference.service.js';
export { modelNotFound } from './inference.errors.js';
export { ModelRegistry } from './model-registry.js';
export { TextService } from './text.service.js';
export type { ChatPrompt, ModelUse } from './text.service.js';
export type { ModelStatus } from './model-registry.js';
export type { GenerationEvent } from '@frontier/batching';
export { DEFAULT_SAMPLING_PARAMS, PRIORITIES } from '@frontier/engine';
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
