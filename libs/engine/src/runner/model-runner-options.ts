import type { KvShape } from '../kv-pool/kv-pool.js';
import type { ProviderOptions } from './provider.js';

/** The shape of a model, and how its passes are run. */
export interface ModelRunnerOptions extends KvShape {
  vocabSize: number;
  maxBatchSize: number;
  /** The longest sequence, in tokens. */
  contextLength: number;
  /** See {@link ModelRunner}. */
  attentionCrossoverTokens: number;
  /** See {@link ModelRunner}. */
  shortPromptTokens: number;
  /** Bytes that a pass reads beside the cache. */
  weightBytes: number;
  /** Rows of a decode pass at least: where a row alone has other bits than beside others, an empty one is added. */
  minRows: number;
  /** Set where the graph has stages. */
  staged?: { hiddenSize: number };
  /** Threads of one pass; 0 takes all cores. */
  threads: number;
  provider: ProviderOptions;
}
