export interface LinearOptions {
  /** The rows of the input: all new tokens of the pass (the default), or those of its sequences whose logits are wanted. */
  rows?: 'tokens' | 'sequences';
  /** The result's name, where it needs one. */
  output?: string;
  /** A value `[1, rows]` that is added to each row of the result; not in int4. */
  bias?: string;
  /**
   * The distribution of the activations. `symmetric`, the default: around zero. `gelu`: results of GELU. `outliers`: a few are far larger than the
   * rest; they get 16 bits. `normal`: normally distributed with variance 1; all rows share one step.
   */
  activations?: 'symmetric' | 'gelu' | 'outliers' | 'normal';
}
