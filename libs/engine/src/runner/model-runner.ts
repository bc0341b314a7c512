/**
 * Runs a language model over slots, each of which holds the keys and values of one sequence. Port: implementations
 * own the tensors, the engine owns the policy. Calls never overlap.
 */
export interface ModelRunner {
  /** Slots are numbered 0 to `maxSlots - 1`. */
  readonly maxSlots: number;
  /** The longest sequence a slot can hold, in tokens. */
  readonly contextLength: number;
  readonly vocabSize: number;

  /**
   * Appends `tokens` to the sequence in `slot`.
   * @returns the logits after the last of them, `[vocabSize]`; the caller may change them
   */
  prefill(slot: number, tokens: Int32Array): Promise<Float32Array>;

  /**
   * Appends one token to each of the slots 0 to `tokens.length - 1`.
   * @returns the logits of every slot, `[tokens.length, vocabSize]` row-major; the caller may change them
   */
  decode(tokens: Int32Array): Promise<Float32Array>;

  /** Moves the sequence in slot `from` to the free slot `to`; `from` is free afterwards. */
  move(from: number, to: number): void;

  /** Empties a slot. */
  free(slot: number): void;

  /** Ends the native session. The runner is not usable afterwards. */
  release(): Promise<void>;
}
