/** The activations of an encoder's MLP. */
export const ENCODER_ACTIVATIONS = ['gelu', 'gelu_tanh', 'relu'] as const;
export type EncoderActivation = (typeof ENCODER_ACTIVATIONS)[number];

/** The names of its family's tensors that an encoder has: see `ENCODER_FAMILIES`. */
export type EncoderFamilyName = 'bert' | 'roberta' | 'distilbert' | 'mpnet' | 'modernbert';

/** How a layer of ModernBERT tells places apart: by a rotation, and by the distance up to which a token attends. */
export interface EncoderRotation {
  theta: number;
  /** `undefined` is all. */
  window: number | undefined;
}

/** The shape of an encoder, whose tokens all attend to each other. All sizes are in elements. */
export interface EncoderConfig {
  architecture: string;
  family: EncoderFamilyName;
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  headDim: number;
  intermediateSize: number;
  normEps: number;
  /** The longest text, in tokens, that the model was made for. */
  maxPositions: number;
  /** The table of the vectors of places: its rows, and the row of a text's first token. */
  positions?: { rows: number; offset: number };
  /** Those of each layer, in place of a table. */
  rotations?: EncoderRotation[];
  /** Rows of the table of token types; 0 without one. */
  typeVocabSize: number;
  activation: EncoderActivation;
  /** Rows of the table of biases by distance that all layers add to attention scores; 0 without one. */
  relativeBuckets: number;
}
