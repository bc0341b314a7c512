import type { ConfigReader } from '../../model/config-reader.js';
import type { EncoderConfig } from '../config/encoder-config.js';
import type { AnyEncoderConfig } from '../config/headless-decoder-config.js';

/** Names of one layer's tensors, without the `.weight` and `.bias` that they end in. */
export interface LayerNames {
  query: string;
  key: string;
  value: string;
  /** The projection of what attention gives. */
  output: string;
  attentionNorm: string;
  up: string;
  down: string;
  outputNorm: string;
}

/** Names of an encoder's tensors, without the prefix of its model. */
export interface EncoderNames {
  words: string;
  /** Whole names. */
  positions: string;
  types?: string;
  /** The normalisation of the embeddings. */
  norm: string;
  layer(layer: number): LayerNames;
  /** The whole name of the biases by distance. */
  relativeBias?: string;
}

/** A layer of a classification head; names are whole but for `.weight` and `.bias`. */
export interface HeadLayer {
  dense: string;
  activation: 'identity' | 'tanh' | 'relu' | 'gelu';
  /** True if it keeps the width of its input; the last layer has a row for each label. */
  isInner: boolean;
  isBiased: boolean;
  /** A normalisation of its result, which has no bias. */
  norm?: string;
}

/** The head of a family's models for the classification of texts. */
export interface EncoderHead {
  /** The tokens that it reads: the first one, the mean of all, or the last one. */
  pooling: 'cls' | 'mean' | 'lasttoken';
  /** A token that is not the last one of a text, wherever it stands. */
  paddingToken?: number;
  layers: HeadLayer[];
}

/** An architecture of models that give the tokens of a text vectors. */
export interface EncoderArchitecture {
  isClassifier: boolean;
  /** True if it has an output projection: without the files of sentence-transformers, it generates. */
  generates: boolean;
  read(config: ConfigReader): AnyEncoderConfig;
  head(config: ConfigReader): EncoderHead;
}

/** A family of encoders, as its implementation in transformers reads `config.json`. */
export interface EncoderFamily {
  /** The prefix that models with a head give the names of the encoder's tensors. */
  prefix: string;
  /** The architectures without a head that is computed. */
  models: readonly string[];
  /** The architecture with a classification head. */
  classifier: string;
  read(config: ConfigReader): Omit<EncoderConfig, 'architecture' | 'family'>;
  /** The name of the tensor of the embeddings, without prefix. */
  words: string;
  /** `undefined` for ModernBERT, whose layers are other ones. */
  names?: EncoderNames;
  head(config: ConfigReader): EncoderHead;
  /** Tensors that are stored but not read, prefix included. */
  ignored: RegExp;
}
