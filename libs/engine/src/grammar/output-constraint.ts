/** Keeps the text of one sequence within rules. */
export interface OutputConstraint {
  /** True if the text may end here. */
  readonly canEnd: boolean;
  /** True if nothing may follow. */
  readonly mustEnd: boolean;
  /** True if the text is nested so deep that it must be cut. */
  readonly isTooDeep: boolean;
  /** True if a token may come next. */
  allows(token: number): boolean;
  /** Sets the logits of all tokens that may not come next to -Infinity. */
  mask(logits: Float32Array): void;
  /** Takes a token that is allowed. */
  accept(token: number): void;
}
