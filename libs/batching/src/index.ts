export { BatchingModule } from './batching.module.js';
export { BatchingService } from './batching.service.js';
export { engineLost, modelLoading, modelUnavailable, requestAborted, shuttingDown } from './batching.errors.js';
export { type EngineState, type EngineStateChange, engineStateChannel } from './engine-state.js';
export { EngineSupervisor } from './engine-supervisor.js';
export type { EngineSupervisorOptions } from './engine-supervisor.js';
export type { GenerationEvent } from './pending-requests.js';
