export { inspectModel, readModelFacts } from './inspect-model.js';
export type { InspectionResult, InspectionStep, ModelFacts } from './inspect-model.js';
export { supportedArchitectures } from './supported-architectures.js';
export type { SupportedArchitectures } from './supported-architectures.js';
export { memoryLimit } from '../memory/memory-limit.js';
export type { MemoryLimit } from '../memory/memory-limit.js';
