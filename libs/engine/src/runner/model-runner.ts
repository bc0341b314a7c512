/** What a decode pass says of a sequence's next token. */
export interface NextToken {
  /** The likeliest token; `undefined` where a logit is not a finite number. */
  likeliest: number | undefined;
  /** `[vocabSize]`, if they were asked for; the caller may change them. */
  logits?: Float32Array;
}

/**
 * Runs a language model over slots, each of which holds the keys and values of one sequence. Port: implementations
 * own the tensors, the engine owns the policy. Calls never overlap.
 */
export interface ModelRunner {
  /** Slots that can decode at once. More may be in use: those that are not named in a decode pass wait. */
  readonly maxBatchSize: number;
  /** The longest sequence a slot can hold, in tokens. */
  readonly contextLength: number;
  readonly vocabSize: number;

  /**
   * Appends `tokens` to the prompt in `slot`, which will have `promptTokens` tokens in all.
   * @returns what follows the last of them, with its logits
   */
  prefill(slot: number, tokens: Int32Array, promptTokens: number): Promise<Required<NextToken>>;

  /**
   * Appends one token to each of `slots`.
   * @param needsLogits whether the likeliest token of each is not enough
   */
  decode(slots: readonly number[], tokens: Int32Array, needsLogits: boolean): Promise<NextToken[]>;

  /** Makes the free slot `to` a copy of `from`. */
  copy(from: number, to: number): void;

  /** Empties a slot; one that is not in use stays so. */
  free(slot: number): void;

  /** Ends the native session. The runner is not usable afterwards. */
  release(): Promise<void>;
}
