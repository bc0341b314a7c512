import type { ModelConfig } from '../../model/model-config.js';

/** The sizes of a decoder that attention with a cache depends on; as in {@link ModelConfig}. */
export type AttentionShape = Pick<ModelConfig, 'layers' | 'heads' | 'kvHeads' | 'headDim' | 'windows' | 'scoreScale'>;

/** Queries, keys and values of new tokens, `[B, S, ...]` each. */
export interface AttentionInputs {
  query: string;
  key: string;
  value: string;
}
