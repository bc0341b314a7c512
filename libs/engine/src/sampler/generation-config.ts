import type { SamplingParams } from './sampling-params.js';

/** What a model's files say about generation. */
export interface GenerationConfig {
  eosTokenIds: number[];
  /** Defaults for requests. */
  defaults: Partial<SamplingParams>;
  /** Values that are ignored, since none can be computed with. */
  warnings: string[];
}
