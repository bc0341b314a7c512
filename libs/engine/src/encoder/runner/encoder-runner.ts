import type { EncoderInput } from '../encoder-types.js';
import type { TokenVectors } from '../chain/pooling.js';

/** Runs an encoder over a batch of texts. Port: the runner owns the tensors, the engine decides what is in a batch. Calls never overlap. */
export interface EncoderRunner {
  /**
   * Computes the vectors of the tokens of each text. A text's vectors have the same bits alone and beside any others.
   * @returns views, valid until the next call
   */
  encode(inputs: readonly EncoderInput[]): Promise<TokenVectors[]>;
  /** Ends the native session. */
  release(): Promise<void>;
}

/** Tokens that a pass of such texts computes in its attention, padding included. */
export function paddedTokensOf(lengths: readonly number[]): number {
  return lengths.length * paddedLengthOf(Math.max(...lengths));
}

/** Texts are padded to multiples of this, which also leaves no tile of a single row: that would be added up in another order. */
const LENGTH_STEP = 8;

/** The length that a batch is padded to, of which the longest text has `longest` tokens. */
export function paddedLengthOf(longest: number): number {
  return Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP;
}
