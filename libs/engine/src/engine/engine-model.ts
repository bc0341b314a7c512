import type { EnginePlugin } from '../plugin/engine-plugin.js';
import type { ModelRunner } from '../runner/model-runner.js';
import type { SamplingParams } from '../sampler/sampling-params.js';
import type { Vocabulary } from '../text/vocabulary.js';

/** A model as an engine takes it; `loadModel` makes one from a folder. */
export interface EngineModel {
  runner: ModelRunner;
  vocabulary: Vocabulary;
  /** Cache tokens that the memory has room for; `undefined`: those of all sequences of a batch. */
  maxCacheTokens?: number;
  /** Bytes that the memory has room for beside the cache of running sequences; default none. */
  prefixCacheBytes?: number;
  /** Prompt tokens of a chunk, unless an engine's options say otherwise. */
  prefillChunkTokens?: number;
  /** Names its weights and how they are computed with. */
  fingerprint?: string;
  /** Tokens that end a text. */
  eosTokenIds: readonly number[];
  /** Defaults for requests, before {@link DEFAULT_SAMPLING_PARAMS}. */
  defaults?: Partial<SamplingParams>;
  /** Logits processors that requests may name, and the transform of all output. */
  plugin?: EnginePlugin;
}
