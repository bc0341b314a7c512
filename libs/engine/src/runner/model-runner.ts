/** The output of a forward pass for one sequence. */
export interface ForwardOutput {
  /** The token with the largest logit; `undefined` where a logit is not a finite number. */
  argmax: number | undefined;
  /** `[vocabSize]`, where they were asked for; the caller may change them. */
  logits?: Float32Array;
  /** The shares of blocks of {@link SHARE_TOKENS} tokens in softmax(logits / temperature), where a temperature was given and the runner has them. */
  shares?: Float32Array;
}

/** The output of a pass over a prompt. */
export type PromptOutput = ForwardOutput & Required<Pick<ForwardOutput, 'logits'>>;

/** A division of slots among decode passes. */
export interface BatchPlan {
  /** Slots that share a forward pass. */
  groups: number[][];
  /** True if keys and values must be moved for it, which takes the time of a forward pass or so. */
  relocates: boolean;
  /** Tokens that the slots of each group must have room for, where they are moved; default: one more than the longest has. */
  room?: number[];
}

/** Plans which slots decode together. */
export interface BatchPlanner {
  /**
   * Divides `slots` into groups. Changes nothing.
   * @param newTokens tokens that each must have room for; default: one
   */
  plan(slots: readonly number[], newTokens?: readonly number[]): BatchPlan;
}

/** Copies of the keys and values of some positions of a slot: float32 `[layers, 2, kvHeads, positions, headDim]`. */
export interface PositionAccess {
  /** Bytes of one position. */
  readonly positionBytes: number;
  /** Copies positions `[from, from + count)`, into an array of their size where one is given. */
  read(slot: number, from: number, count: number, into?: Float32Array): Float32Array;
  /** Appends copies of `count` positions each to the prompt in `slot`, which will have `promptTokens` tokens in all. */
  append(slot: number, copies: readonly Float32Array[], count: number, promptTokens: number): void;
}

/** The result of a pass over several tokens of one sequence. */
export interface Verification {
  /** The output for each token, in order. */
  outputs: ForwardOutput[];
  /** Appends the keys and values of the first `tokens` to the slot; those of the others are gone. Before the next pass. */
  keep(tokens: number): void;
}

/**
 * Runs a language model over slots, each of which holds the keys and values of one sequence. Port: implementations
 * own the tensors, the engine owns the policy. Calls never overlap.
 */
export interface ModelRunner extends BatchPlanner {
  /** Slots that can decode at once; more may be in use. */
  readonly maxBatchSize: number;
  /** The longest sequence a slot can hold, in tokens. */
  readonly contextLength: number;
  readonly vocabSize: number;
  /** The past, in tokens, that makes a new token of a prompt cost twice as much. */
  readonly attentionCrossoverTokens: number;
  /** Prompts of so many tokens at most are computed by products that round otherwise than those of longer ones do. */
  readonly shortPromptTokens: number;

  /**
   * Appends `tokens` to the prompt in `slot`, which will have `promptTokens` tokens in all.
   * @param temperature that of the shares; default: none are wanted
   * @returns the output for the last of them, with its logits
   */
  prefill(slot: number, tokens: Int32Array, promptTokens: number, temperature?: number): Promise<PromptOutput>;

  /** Stages that a piece of a prompt can be divided into; 1 where it is computed as a whole. */
  readonly promptStages: number;

  /**
   * Computes a piece of a prompt up to a stage that is not the last, from where it was left. The rest is computed by {@link prefill} or
   * {@link prefillAll} of the same piece, which then give the same bits; until then the slot has no more tokens than before.
   * @param stages stages that are computed then
   */
  prefillStages?(slot: number, tokens: Int32Array, promptTokens: number, stages: number): Promise<void>;

  /** As {@link prefill}, with the output for each of the tokens; `undefined` where only the last one's can be had. */
  prefillAll?(slot: number, tokens: Int32Array, promptTokens: number, temperature?: number): Promise<PromptOutput[]>;

  /**
   * Copies of keys and values; `undefined` where they are not to be had, or where those of a position depend on the pieces that its prompt is
   * computed in.
   */
  readonly positions?: PositionAccess;

  /** Moves keys and values as a plan demands; before the first pass of the plan, of slots unchanged since. */
  relocate(plan: BatchPlan): void | Promise<void>;

  /**
   * Appends one token to each slot, which are of one group of the last plan; the others of the group stay as they are.
   * @param needsLogits true if a sequence needs more than the argmax
   * @param temperatures of each slot, those of the shares; 0 where none are wanted, as by default
   */
  decode(
    slots: readonly number[],
    tokens: Int32Array,
    needsLogits: boolean,
    temperatures?: readonly number[],
  ): Promise<ForwardOutput[]>;

  /**
   * Computes several tokens of one slot that decodes, two at least; appends none of them before {@link Verification.keep}. What it returns
   * depends on the slot and the tokens alone. `undefined` where that is not so.
   * @param needsLogits as of {@link decode}
   * @param temperature as of {@link prefill}
   */
  readonly verify?: (
    slot: number,
    tokens: Int32Array,
    needsLogits: boolean,
    temperature?: number,
  ) => Promise<Verification>;

  /** Makes the free slot `to` a copy of `from`. */
  copy(from: number, to: number): void | Promise<void>;

  /** Empties a slot, and forgets the piece of a prompt that is being computed; one that is not in use stays so. */
  free(slot: number): void;

  /** Ends the native session. The runner is not usable afterwards. */
  release(): Promise<void>;
}
