import type { EncoderEngineModel } from '../encoder/batching/encoder-engine.js';
import type { AnyEncoderConfig } from '../encoder/config/headless-decoder-config.js';
import type { EncoderFacts } from '../encoder/description/encoder-description.js';
import type { ProviderName } from '../runner/provider.js';
import type { GraphOrigin } from './loaded-model.js';

/** An encoder that an engine can work with. */
export interface LoadedEncoder extends EncoderEngineModel {
  config: Pick<AnyEncoderConfig, 'architecture'>;
  facts: EncoderFacts;
  precision: 'fp32' | 'int8';
  provider: ProviderName;
  /** As that of a `LoadedModel`. */
  fingerprint: string;
  graphOrigin: GraphOrigin;
  /** Deviations from what was asked for, and from the model's files. */
  warnings: string[];
}
