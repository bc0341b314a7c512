/** The rotary position embedding of a layer (RoFormer, https://arxiv.org/abs/2104.09864). */
export interface RopeConfig {
  theta: number;
  /** The elements at the beginning of each head that are rotated, as halves of that part. */
  dimensions: number;
  scaling: RopeScaling;
}

/** Deviations of the angles from those that follow from `theta`. */
export type RopeScaling =
  | { type: 'default' }
  /** Positions are divided by the factor. */
  | { type: 'linear'; factor: number }
  /** Llama 3.1: slow frequencies are divided by the factor, fast ones kept, those between blended. */
  | {
      type: 'llama3';
      factor: number;
      lowFreqFactor: number;
      highFreqFactor: number;
      /** The longest sequence of the first training, in tokens. */
      originalMaxPositions: number;
    }
  /**
   * Dimensions that turn less than `betaSlow` times in the original context are divided by the factor, those that turn more
   * than `betaFast` times kept, those between blended (YaRN, https://arxiv.org/abs/2309.00071).
   */
  | {
      type: 'yarn';
      factor: number;
      betaFast: number;
      betaSlow: number;
      originalMaxPositions: number;
      /** True if the bounds of the blend are whole dimensions. */
      truncate: boolean;
      /** Cosine and sine are multiplied by it. */
      attentionFactor: number;
    }
  /**
   * Each frequency is divided by a factor of its own (LongRoPE, https://arxiv.org/abs/2402.13753): of `shortFactors` where the
   * engine's context is at most the original one, else of `longFactors`.
   */
  | {
      type: 'longrope';
      /** `[dimensions / 2]` each */
      shortFactors: number[];
      longFactors: number[];
      originalMaxPositions: number;
      attentionFactor: number;
    };
