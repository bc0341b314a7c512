export { inspectModel, readModelFacts } from './inspect-model.js';
export type { InspectionResult, InspectionStep, ModelFacts } from './inspect-model.js';
export { supportedArchitectures } from './supported-architectures.js';
export type { SupportedArchitectures } from './supported-architectures.js';
