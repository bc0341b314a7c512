export type { ApiToken } from './api-token.js';
export type { ModelEntry, ModelsFile } from './models-file.js';
export { configurationReference } from './reference.js';
export { readServerConfig, type ServerConfig } from './server-config.js';
export type { Variable } from './variable.js';
export { type Environment, VARIABLES } from './variables.js';
