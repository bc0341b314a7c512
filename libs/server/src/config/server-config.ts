import { type HubSettings, readHubSettings } from '@frontier/engine/hub';
import { joinProblems, messageOf } from '@frontier/errors';
import { type ApiToken, resolveApiToken } from './api-token.js';
import { configInvalid } from './config.errors.js';
import { readEnvironment } from './environment.js';
import { type MisspelledVariable, misspelledVariables } from './misspelled-variables.js';
import { type ModelsFile, readModelsFile } from './models-file.js';
import { resolveWebhookSecret, type WebhookSecretSetting } from './webhook-secret.js';
import type { Environment } from './variables.js';

/** The whole configuration of the server, checked. */
export interface ServerConfig {
  environment: Environment;
  apiToken: ApiToken;
  webhookSecret: WebhookSecretSetting;
  models: ModelsFile;
  /** Where models of a hub come from. */
  hub: HubSettings;
  /** Variables that are set and not read, but were probably meant to be. */
  misspelled: MisspelledVariable[];
}

/**
 * Reads the configuration from environment variables and the models file that they name.
 * @param folder the server's own, which default paths are from; default: the working folder
 * @param models what is served, in place of what the models file lists
 * @throws `config_invalid` with a line for each problem
 */
export function readServerConfig(
  source: Readonly<Record<string, string | undefined>>,
  folder?: string,
  models?: ModelsFile,
): ServerConfig {
  const environment = readEnvironment(source, folder);
  const { TRUTHGPT_API_TOKEN, HOST, API_KEYS_FILE, TRUTHGPT_CONFIG, WEBHOOK_HMAC_SECRET } = environment;
  const problems: unknown[] = [];
  const collect = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      problems.push(error);
      return undefined as T;
    }
  };
  collect(() => assertCacheHasRedis(environment));
  const config = {
    environment,
    apiToken: collect(() => resolveApiToken(TRUTHGPT_API_TOKEN, HOST, API_KEYS_FILE)),
    webhookSecret: collect(() => resolveWebhookSecret(WEBHOOK_HMAC_SECRET, HOST)),
    models: collect(() => models ?? readModelsFile(TRUTHGPT_CONFIG)),
    hub: collect(() => readHubSettings(source)),
    misspelled: misspelledVariables(source),
  };
  if (problems.length === 1) throw problems[0];
  if (problems.length > 1) throw configInvalid(joinProblems(problems.map(messageOf)));
  return config;
}

function assertCacheHasRedis({ CACHE_BACKEND, REDIS_URL }: Environment): void {
  if ((CACHE_BACKEND === 'redis' || CACHE_BACKEND === 'tiered') && REDIS_URL === undefined) {
    throw configInvalid(`CACHE_BACKEND="${CACHE_BACKEND}" needs REDIS_URL, which is unset.`);
  }
}
