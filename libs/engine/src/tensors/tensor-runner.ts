import type { NamedTensor, TensorSignature } from './tensor.js';

/** Runs a model of tensors. Port: the runner owns the native session, the engine decides what is in a pass. Calls never overlap. */
export interface TensorRunner {
  readonly signature: TensorSignature;
  /** True where what a row gives is known to depend on the other rows of a pass. */
  readonly mixesRows: boolean;
  /**
   * Computes outputs.
   * @param outputs names of the wanted ones
   */
  run(inputs: readonly NamedTensor[], outputs: readonly string[]): Promise<NamedTensor[]>;
  /** Ends the native session. */
  release(): Promise<void>;
}
