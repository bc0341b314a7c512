import type { NamedTensor } from '@frontier/engine';
import type { Generation } from './generation.js';

/** The result of tensors. */
export interface RanTensors {
  outputs: readonly NamedTensor[];
  /** Time until the pass that computed it. */
  queueMs: number;
}

/** Tensors that a model works on, and their result. */
export type TensorRun = Generation<RanTensors>;
