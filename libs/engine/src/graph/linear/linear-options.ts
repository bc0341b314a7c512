export interface LinearOptions {
  /** The rows of the input: all new tokens of the pass (the default), or those of its sequences whose logits are wanted. */
  rows?: 'tokens' | 'sequences';
  /** The result's name, where it needs one. */
  output?: string;
  /** A value `[1, rows]` that is added to each row of the result; not in int4. */
  bias?: string;
  /**
   * What 8 bits of an activation are made for: numbers around zero (the default), the results of GELU, numbers of which a few are far
   * larger than the rest, which get 16 bits, or a normal distribution of variance 1, which needs no step of its own for each row.
   */
  activations?: 'symmetric' | 'gelu' | 'outliers' | 'normal';
}
