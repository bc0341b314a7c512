export type { ApiToken } from './api-token.js';
export { modelsValueSchema, variableValueSchema } from './chart-schema.js';
export { checkedModels, type ModelsFile } from './models-file.js';
export type { ModelEntry } from './models-schema.js';
export { configurationReference } from './reference.js';
export { readServerConfig, type ServerConfig } from './server-config.js';
export type { Variable } from './variable.js';
export { type Environment, VARIABLES } from './variables.js';
