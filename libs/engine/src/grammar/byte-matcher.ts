/** The cost of a matcher that takes a good part of the vocabulary. */
export const DEAR = 64;

/**
 * Recognises the bytes of one piece of a text, one at a time. States are values: equal ones are the same, and `undefined`
 * is none.
 */
export interface ByteMatcher<State = unknown> {
  readonly start: State;
  /** The state after another byte; `undefined` where it cannot follow. */
  next(state: State, byte: number): State | undefined;
  /** Whether the piece may end here. */
  accepts(state: State): boolean;
  /** Whether any byte can follow. */
  continues(state: State): boolean;
  /** Whether it has so few states that what is known of each is worth keeping. */
  readonly hasFewStates: boolean;
  /** What it costs to find the tokens that may come next: 1 for a few of them, {@link DEAR} for a good part of all. */
  readonly cost: number;
}
