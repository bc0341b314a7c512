import type { EngineOptions, ModelOptions } from '@frontier/engine';

/** One model that the server offers. */
export interface ModelDefinition extends Omit<ModelOptions, 'graphCache'> {
  name: string;
  /** Further names that callers may use. */
  aliases: readonly string[];
}

/** What {@link InferenceModule} is made of. The engine's options hold for every model. */
export interface InferenceModuleOptions extends EngineOptions, Pick<ModelOptions, 'graphCache'> {
  models: readonly ModelDefinition[];
  /** The model of requests that name none: a name or an alias. */
  defaultModel: string;
  /** A silent engine process is killed after this long; default 15,000. */
  hangTimeoutMs?: number;
}

export const DEFAULT_HANG_TIMEOUT_MS = 15_000;
