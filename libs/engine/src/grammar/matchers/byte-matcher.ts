/** Recognises the bytes of one token of JSON, one at a time. Equal states are the same value; `undefined` is none. */
export interface ByteMatcher<State = unknown> {
  readonly start: State;
  /** The state after another byte; `undefined` where it cannot follow. */
  next(state: State, byte: number): State | undefined;
  /** True if the token may end here. */
  accepts(state: State): boolean;
  /** True if any byte can follow. */
  continues(state: State): boolean;
}
