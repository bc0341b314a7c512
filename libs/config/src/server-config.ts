import { type ApiToken, resolveApiToken } from './api-token.js';
import { readEnvironment } from './environment.js';
import { type ModelsFile, readModelsFile } from './models-file.js';
import type { Environment } from './variables.js';

/** The whole configuration of the server, checked. */
export interface ServerConfig {
  environment: Environment;
  apiToken: ApiToken;
  models: ModelsFile;
}

/**
 * Reads the configuration from environment variables and the models file that they name.
 * @throws `config_invalid` with one line that names what is wrong
 */
export function readServerConfig(source: Readonly<Record<string, string | undefined>>): ServerConfig {
  const environment = readEnvironment(source);
  return {
    environment,
    apiToken: resolveApiToken(environment.TRUTHGPT_API_TOKEN, environment.HOST),
    models: readModelsFile(environment.TRUTHGPT_CONFIG),
  };
}
