/** What a decode pass says of a sequence's next token. */
export interface NextToken {
  /** The likeliest token; `undefined` where a logit is not a finite number. */
  likeliest: number | undefined;
  /** `[vocabSize]`, if they were asked for; the caller may change them. */
  logits?: Float32Array;
}

/** How slots decode. */
export interface Arrangement {
  /** Slots that share a pass. */
  groups: number[][];
  /** Whether this took the time of a pass or so, because sequences had to be moved. */
  moved: boolean;
}

/**
 * Runs a language model over slots, each of which holds the keys and values of one sequence. Port: implementations
 * own the tensors, the engine owns the policy. Calls never overlap.
 */
export interface ModelRunner {
  /** Slots that can decode at once; more may be in use. */
  readonly maxBatchSize: number;
  /** The longest sequence a slot can hold, in tokens. */
  readonly contextLength: number;
  readonly vocabSize: number;
  /** The past, in tokens, that makes a new token of a prompt cost twice as much. */
  readonly attentionDoublesAt: number;

  /**
   * Appends `tokens` to the prompt in `slot`, which will have `promptTokens` tokens in all.
   * @returns what follows the last of them, with its logits
   */
  prefill(slot: number, tokens: Int32Array, promptTokens: number): Promise<Required<NextToken>>;

  /** Makes room for one more token in each of `slots`, and divides them into groups that are decoded together. */
  arrange(slots: readonly number[]): Arrangement;

  /**
   * Appends one token to each slot of a group of the last arrangement, of which some may have been freed since.
   * @param needsLogits whether the likeliest token of each is not enough
   */
  decode(slots: readonly number[], tokens: Int32Array, needsLogits: boolean): Promise<NextToken[]>;

  /** Makes the free slot `to` a copy of `from`. */
  copy(from: number, to: number): void | Promise<void>;

  /** Empties a slot; one that is not in use stays so. */
  free(slot: number): void;

  /** Ends the native session. The runner is not usable afterwards. */
  release(): Promise<void>;
}
