import type { TokenSource } from './token-source.js';

/** Inside of a token of one kind. */
export interface Thread<State = unknown> {
  source: TokenSource<State>;
  state: State;
}

/**
 * All ways to understand a text so far: at most one thread for each kind of token that the text may be in, and as many again
 * where a number may have ended.
 */
export class Configuration {
  constructor(
    readonly id: number,
    readonly threads: readonly Thread[],
    /** True if the text may end here. */
    readonly isEnd: boolean,
  ) {}

  /** Lists and objects that the text is in, about: once or twice as many. */
  get depth(): number {
    return this.threads.reduce((deepest, { source }) => Math.max(deepest, source.depth), 0);
  }

  /** True if nothing can follow, and the text cannot end. */
  get isDead(): boolean {
    return this.threads.length === 0 && !this.isEnd;
  }
}
