export { BatchingModule } from './batching.module.js';
export { BatchingService } from './batching.service.js';
export {
  type Cancellation,
  cancellationChannel,
  type EncoderStep,
  encoderStepChannel,
  type EngineIdle,
  engineIdleChannel,
  type EngineOutput,
  engineOutputChannel,
  type EngineQueue,
  engineQueueChannel,
  type EngineRequest,
  engineRequestChannel,
  type EngineState,
  type EngineStateChange,
  engineStateChannel,
  type EngineStep,
  engineStepChannel,
  type TensorStep,
  tensorStepChannel,
} from './channels/engine-channels.js';
export { ForkedEngine } from './engine/forked-engine.js';
export {
  deadlineExceeded,
  engineLost,
  inputTooLong,
  modelLoading,
  modelUnavailable,
  noModelFor,
  overloaded,
  queueTimeout,
  requestAborted,
  taskUnsupported,
  waitEnded,
} from './generation/batching.errors.js';
export { createDeadline, type Deadline, type DeadlineOptions, isTimeout, remainingMs } from './generation/deadline.js';
export type { EncodedItem, Encoding } from './generation/encoding.js';
export { Generation } from './generation/generation.js';
export type { RanTensors, TensorRun } from './generation/tensor-run.js';
export type { GenerationEnd, GenerationEvent, GenerationPhase } from './generation/generation-event.js';
export { type GenerationLimits, type GenerationObserver, GenerationReader } from './generation/generation-reader.js';
export {
  maxTokensOf,
  readyDecoderInfo,
  readyEncoderInfo,
  readyInfo,
  readyTensorInfo,
  readyTextInfo,
  taskOf,
} from './readiness/model-state.js';
export type { LoadProgress } from './model/load-progress.js';
export { canDo, type ModelTask } from './model/model-task.js';
export { HeldEngines } from './residency/held-engines.js';
export type {
  LoadFailure,
  ResidencyStatus,
  Residency,
  ResidencyPolicy,
  ResidencyReport,
} from './residency/residency.js';
export type { ChatPrompt } from './text/chat-prompt.js';
export { type ModelEngine, ModelEngineFactory, type ModelEngineOptions } from './engine/model-engine.js';
export type { AdmissionRequest } from './queue/engine-requests.js';
export type { QueuedEncoding, QueuedRequest, QueuedTensors } from './queue/queued-work.js';
export type { CostInputs, RequestCost } from './queue/output-length-estimator.js';
export type { QueueLimits } from './queue/queue-limits.js';
export type { EncodeOptions, EncodeTextsOptions, EncoderText } from './text/model-text.js';
export type { TextUse } from './text/text-lane.js';
