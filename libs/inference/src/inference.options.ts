/** One model that the server offers. */
export interface ModelDefinition {
  name: string;
  /** Further names that callers may use. */
  aliases: readonly string[];
  /** Absolute path of the model's folder. */
  path: string;
  maxBatchSize: number;
  contextLength?: number;
  threads?: number;
}

export interface InferenceModuleOptions {
  models: readonly ModelDefinition[];
  /** The model of requests that name none. */
  defaultModel: string;
  /** Requests that wait per model at most. */
  maxWaiting: number;
  /** Prompt tokens computed between two decode passes at most. */
  prefillChunkTokens: number;
  /** Cache tokens of all running sequences of a model; default: every slot can hold a whole context. */
  maxCacheTokens?: number;
  /** A silent engine process is killed after this long. */
  hangTimeoutMs: number;
}
