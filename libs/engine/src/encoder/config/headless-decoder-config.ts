import type { ModelConfig } from '../../model/model-config.js';
import type { EncoderConfig } from './encoder-config.js';

/** A decoder without its output projection, which gives each token a vector. All sizes are in elements. */
export interface HeadlessDecoderConfig extends ModelConfig {
  family: 'decoder';
  /** True if a token attends to itself and to those before it alone. */
  isCausal: boolean;
}

/** The shape of a model that gives the tokens of a text vectors. */
export type AnyEncoderConfig = EncoderConfig | HeadlessDecoderConfig;
