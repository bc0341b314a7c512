/** Options of an engine's scheduling; defaults are {@link DEFAULT_ENGINE_OPTIONS}. */
export interface EngineOptions {
  /** Sequences that wait at most. */
  maxWaiting?: number;
  /** The time that prompts get between two decode passes at most, as tokens at the beginning of a prompt; at least 3. Default: what suits the model's provider. */
  prefillChunkTokens?: number;
  /** Cache tokens of the running sequences together at most; default: each can use the whole context. */
  maxCacheTokens?: number;
  /** Bytes of keys and values of earlier prompts that are kept for prompts which begin like them; default: what the model's memory has room for. */
  prefixCacheBytes?: number;
  /** True if callers share those; by default each has its own. */
  sharesPrefixes?: boolean;
  /** A waiting request rises by one priority after each of these. */
  ageingMs?: number;
}

/** Chunks of 32 tokens keep the gap between two tokens of a stream under three passes (docs/decisions/0007). */
export const DEFAULT_ENGINE_OPTIONS = { maxWaiting: 512, prefillChunkTokens: 32, ageingMs: 10_000 } as const;
