export { BatchingModule } from './batching.module.js';
export { BatchingService } from './batching.service.js';
export type { QueueLimits } from './queue-limits.js';
export {
  deadlineExceeded,
  engineLost,
  modelLoading,
  modelUnavailable,
  overloaded,
  queueTimeout,
  requestAborted,
  shuttingDown,
} from './batching.errors.js';
export { type Cancellation, cancellationChannel } from './cancellation.js';
export { type EngineOutput, engineOutputChannel } from './engine-output.js';
export { type EngineState, type EngineStateChange, engineStateChannel } from './engine-state.js';
export {
  type EngineIdle,
  engineIdleChannel,
  type EngineQueue,
  engineQueueChannel,
  type EngineStep,
  engineStepChannel,
} from './engine-step.js';
export { EngineSupervisor } from './engine-supervisor.js';
export type { EngineSupervisorOptions } from './engine-supervisor.js';
export { Generation } from './generation.js';
export type { GenerationEnd, GenerationEvent, GenerationPhase } from './generation.js';
export type { CostInputs, RequestCost } from './request-cost.js';
export type { TextUse } from './text-lane.js';
