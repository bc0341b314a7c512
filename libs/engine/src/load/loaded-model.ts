import type { EngineModel } from '../engine/engine-model.js';
import type { Precision } from '../graph/quantization/precision.js';
import type { StoredGraph } from '../graph-store/graph-store.js';
import type { ModelConfig } from '../model/model-config.js';
import type { ProviderName } from '../runner/provider.js';

/** The origin of a graph: built now, from the cache, or a file of the model's own. */
export type GraphOrigin = StoredGraph['origin'] | 'file';

/** The sizes of a decoder that hold for every format. */
export type DecoderFacts = Pick<ModelConfig, 'architecture' | 'vocabSize' | 'layers' | 'kvHeads' | 'headDim'>;

/** A model that an engine can work with, and its shape. */
export interface LoadedModel extends EngineModel {
  config: DecoderFacts;
  /** The execution provider of its passes. */
  provider: ProviderName;
  /** Of the weights in decode passes; `undefined` where they are as the file has them. */
  precision?: Precision;
  /** A SHA-256 of its files and of how they are computed with: outputs of equal ones to equal requests are equal. */
  fingerprint: string;
  /** The origin of its graph: built now, or from the cache. */
  graphOrigin: StoredGraph['origin'];
  /** Deviations from what was asked for: a provider, the graph cache. */
  warnings: string[];
}
