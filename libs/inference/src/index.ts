export { type Answer, type AnsweredCall, PLAIN_ANSWER, readAnswer } from './answer/answer.js';
export type { AnswerEvent } from './answer/answer-event.js';
export { AnswerReader, THOUGHT_MARKS } from './answer/answer-reader.js';
export { closedThoughts } from './answer/closed-thoughts.js';
export { type Decisions, DecisionService } from './decision.service.js';
export type { Distribution } from './decision/distribution.js';
export { MAX_OPTIONS, type Option, type Question } from './decision/question.js';
export type { ResponseCacheKey, ResponseCacheOptions, ResponseCacheStore } from './cache/response-cache.js';
export { pipelineChannel, type PipelineProgress } from './pipeline/pipeline-channel.js';
export type { CircuitBreakers, Permit } from './pipeline/circuit-breakers.js';
export type { Choice, Completion } from './generation/completion.js';
export type { CacheStatus } from './generation/cache-status.js';
export { type GenerationHead, GenerationStream } from './generation/generation-stream.js';
export type { EncodeRequest, EncodeSettings, EncoderSource } from './encoder/encode-request.js';
export { type EncoderLimits, type EncoderResult, EncoderService } from './encoder.service.js';
export { promptOf } from './encoder/prompt-of.js';
export { scoresOf } from './encoder/scores.js';
export { assertForm, cosine, type VectorForm } from './encoder/vectors.js';
export { modelNotFound } from './inference.errors.js';
export { InferenceModule } from './inference.module.js';
export { type InferenceModuleOptions, MODULE_OPTIONS_TOKEN as INFERENCE_OPTIONS } from './inference.options.js';
export { InferenceService } from './inference.service.js';
export { type ModelChange, modelChangeChannel, ModelLifecycle, type WantedModel } from './model-lifecycle.js';
export { ModelRegistry, type ModelStatus } from './model-registry.js';
export type { ModelDefinition } from './registry/model-definition.js';
export type { ModelsFolderOptions } from './registry/models-folder.js';
export type { ModelDescription } from './registry/model-description.js';
export type { CacheDirectives } from './request/cache-directives.js';
export type { GenerateRequest } from './request/generate-request.js';
export { mayUse, type Principal, priorityOf } from './request/principal.js';
export { TensorService, type TensorsRequest, type TensorsResult } from './tensor.service.js';
export { type ModelUse, TextService } from './text.service.js';
export type { TokenLimiter, TokenLimitState, TokenReservation } from './tokens/token-limiter.js';
export {
  type ChatPrompt,
  createDeadline,
  type Deadline,
  type DeadlineOptions,
  type GenerationEvent,
  type GenerationObserver,
  HeldEngines,
  maxTokensOf,
  type ModelTask,
  type Residency,
  type ResidencyPolicy,
} from '@frontier/batching';
export {
  DEFAULT_SAMPLING_PARAMS,
  MAX_LOGITS_PROCESSORS,
  MAX_PROMPT_LOOKUP,
  PRIORITIES,
  TOOL_FORMATS,
  TENSOR_ARRAYS,
  withoutGuards,
} from '@frontier/engine';
export type {
  AnyModelInfo,
  AnswerForm,
  ChatMessage,
  ChatOptions,
  EncoderModelInfo,
  FinishReason,
  JsonSchema,
  ModelInfo,
  NamedTensor,
  PhaseDurations,
  PromptLogprobs,
  Priority,
  SamplingParams,
  TensorData,
  TensorModelInfo,
  TensorSpec,
  TensorType,
  TokenLogprob,
  TokenLogprobs,
  TokenPiece,
  ToolCall,
  ToolDefinition,
  Usage,
} from '@frontier/engine';
