/** Tokens that may be drawn, with their distances from the likeliest one and their weights. */
export interface Candidates {
  readonly ids: Int32Array;
  readonly steps: Float64Array;
  readonly weights: Float64Array;
}
