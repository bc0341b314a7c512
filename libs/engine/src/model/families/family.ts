import type { ConfigReader } from '../config-reader.js';
import type { ModelConfig } from '../model-config.js';

/** The fields that all families name alike in `config.json`. */
export type CommonConfig = Pick<
  ModelConfig,
  | 'architecture'
  | 'vocabSize'
  | 'hiddenSize'
  | 'layers'
  | 'heads'
  | 'kvHeads'
  | 'headDim'
  | 'intermediateSize'
  | 'rmsNormEps'
  | 'maxPositions'
  | 'eosTokenIds'
>;

/** The traits that a family decides by itself or by fields of its own. */
export type FamilyTraits = Omit<ModelConfig, keyof CommonConfig>;

/** A family of models, as its implementation in transformers reads `config.json`. */
export interface Family {
  /** Values of fields that are absent or null. */
  defaults?: Record<string, unknown>;
  /** The object of `config.json` that describes the decoder, where that is not the whole file. */
  section?: string;
  traits: (config: ConfigReader, common: CommonConfig) => FamilyTraits;
}
