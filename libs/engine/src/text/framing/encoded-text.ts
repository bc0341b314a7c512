/** A text, or a pair of texts, as a model reads it. */
export interface EncodedText {
  /** Token ids, special tokens included. */
  tokens: Int32Array;
  /** The type of each token; absent where all are 0. */
  typeIds?: Uint8Array;
  /** Tokens at the start that are the prompt's, special ones included; absent without a prompt. */
  promptTokens?: number;
  /** Tokens of the whole text: more than `tokens` where it was cut. */
  totalTokens: number;
}

/** Options of the encoding of a text for an encoder. */
export interface EncodeTextOptions {
  /** Put before the text, or before the first of a pair. */
  prompt?: string;
  /** Tokens that longer texts are cut to, special tokens included; default: none is cut. Special tokens are always kept. */
  maxTokens?: number;
  /** The side that is cut; default `right`. */
  truncationSide?: 'left' | 'right';
  /** Default true. */
  addSpecialTokens?: boolean;
}
