export { Engine } from './engine/engine.js';
export type { EngineModel } from './engine/engine-model.js';
export { DEFAULT_ENGINE_OPTIONS } from './engine/engine.options.js';
export type { EngineOptions } from './engine/engine.options.js';
export type { GenerationRequest } from './sequence/generation-request.js';
export {
  contextLengthExceeded,
  engineError,
  promptWithoutTokens,
  unknownToken,
  isPermanentModelError,
  modelInvalid,
  modelUnsupported,
  overloaded,
} from './errors/engine.errors.js';
export type { JsonSchema } from './grammar/schema/json-schema.js';
export type { Precision } from './graph/quantization/precision.js';
export { loadEncoder } from './load/load-encoder.js';
export type { LoadedEncoder } from './load/loaded-encoder.js';
export { loadModel } from './load/load-model.js';
export type { LoadedModel } from './load/loaded-model.js';
export { readModelMemory } from './load/read-model-memory.js';
export { readModelTask } from './source/read-model-task.js';
export type { ModelMemory } from './load/memory/model-memory.js';
export { DEFAULT_GRAPH_CACHE_MAX_BYTES } from './load/model-options.js';
export type { ModelOptions } from './load/model-options.js';
export type { ModelConfig } from './model/model-config.js';
export type {
  AnyModelInfo,
  EncoderModelInfo,
  EngineCommand,
  EngineEvent,
  EngineProcessOptions,
  ModelInfo,
  TensorModelInfo,
} from './process/protocol.js';
export type { BatchPlan, ForwardOutput, ModelRunner, Verification } from './runner/model-runner.js';
export { defineEnginePlugin, MAX_LOGITS_PROCESSORS, MAX_PARAMETERS_BYTES } from './plugin/engine-plugin.js';
export type {
  EnginePlugin,
  LogitsProcessor,
  LogitsProcessorContext,
  LogitsProcessorFactory,
  LogitsProcessorRequest,
  OutputTransform,
} from './plugin/engine-plugin.js';
export type { PromptLogprobs, TokenLogprob, TokenLogprobs } from './sampler/log-probabilities.js';
export { PROVIDERS } from './runner/provider.js';
export type { ProviderName, ProviderOptions } from './runner/provider.js';
export { DEFAULT_SAMPLING_PARAMS, resolveSamplingParams } from './sampler/sampling-params.js';
export type { SamplingParams } from './sampler/sampling-params.js';
export { OutputShareEstimator } from './scheduler/output-share-estimator.js';
export { MAX_PROMPT_LOOKUP } from './speculation/prompt-lookup.js';
export { DTYPES } from './source/onnx-place.js';
export type { Dtype } from './source/onnx-place.js';
export { PRIORITIES } from './sequence/priority.js';
export type { Priority } from './sequence/priority.js';
export type {
  FinishReason,
  PhaseDurations,
  PrefixCacheReport,
  SequenceOutput,
  StepReport,
  Usage,
} from './sequence/step-report.js';
export { withoutGuards } from './text/added-tokens/guarded-text.js';
export type { TextTokenizer } from './text/text-tokenizer.js';
export type { Vocabulary } from './text/vocabulary.js';
export type { TextCommand, TextEvent, TextInfo, TextResult, TextTask, TokenPiece } from './process/text-protocol.js';
export type { AnswerForm, ChatMessage, ChatOptions, RenderedChat } from './chat/chat-message.js';
export { TOOL_FORMATS } from './tools/tool-format.js';
export type { ToolFormat, ToolFormatName } from './tools/tool-format.js';
export type { ToolCall, ToolDefinition, ToolRules } from './tools/tool-definition.js';
export { loadTextModel, loadTokenizer } from './load/load-text-model.js';
export type { TextModel } from './load/load-text-model.js';
export type {
  EncoderInfo,
  EncoderInput,
  EncoderItem,
  EncoderOutput,
  EncoderRequest,
  EncoderStepReport,
} from './encoder/encoder-types.js';
export { EncoderEngine } from './encoder/batching/encoder-engine.js';
export type { EncoderEngineModel } from './encoder/batching/encoder-engine.js';
export { DEFAULT_ENCODER_OPTIONS } from './encoder/batching/encoder-engine.options.js';
export type { EncoderEngineOptions } from './encoder/batching/encoder-engine.options.js';
export type { EncodedText, EncodeTextOptions } from './text/framing/encoded-text.js';
export { isTensorModel } from './source/is-tensor-model.js';
export { assertInputs } from './tensors/assert-inputs.js';
export { bytesOf, TENSOR_ARRAYS } from './tensors/tensor.js';
export type {
  NamedTensor,
  TensorData,
  TensorItem,
  TensorRequest,
  TensorSignature,
  TensorSpec,
  TensorStepReport,
  TensorType,
} from './tensors/tensor.js';
