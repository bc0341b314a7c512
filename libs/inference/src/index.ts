export { InferenceModule } from './inference.module.js';
export type { InferenceModuleOptions, ModelDefinition } from './inference.options.js';
export { InferenceService } from './inference.service.js';
export type { Completion, GenerateRequest } from './inference.service.js';
export { modelNotFound } from './inference.errors.js';
export { ModelRegistry } from './model-registry.js';
export type { ServedModel } from './model-registry.js';
