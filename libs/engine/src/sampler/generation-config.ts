import type { SamplingParams } from './sampling-params.js';

/** Settings of generation from a model's files. */
export interface GenerationConfig {
  eosTokenIds: number[];
  /** Defaults for requests. */
  defaults: Partial<SamplingParams>;
  /** Values that are ignored, since none can be computed with. */
  warnings: string[];
}
