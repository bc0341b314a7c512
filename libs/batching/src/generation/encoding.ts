import type { Generation } from './generation.js';

/** The result of one input of an encoding. */
export interface EncodedItem {
  /** The input among those of the request, from 0 on. */
  index: number;
  /** Tokens of the input, special ones included. */
  tokens: number;
  /** `[outputSize]`; of single tokens `[tokens, outputSize]`, row-major. */
  values: Float32Array;
  /** Time until the pass that computed it. */
  queueMs: number;
}

/** Inputs that an encoder works on, and their results so far, in the order in which they were computed. */
export type Encoding = Generation<EncodedItem>;
