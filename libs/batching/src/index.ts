export { BatchingModule } from './batching.module.js';
export { BatchingService } from './batching.service.js';
export { modelLoading, modelUnavailable, requestAborted, shuttingDown } from './batching.errors.js';
export { EngineSupervisor } from './engine-supervisor.js';
export type { EngineState, EngineSupervisorOptions, GenerationEvent } from './engine-supervisor.js';
