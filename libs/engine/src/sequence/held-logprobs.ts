import type { TokenLogprobs } from '../sampler/log-probabilities.js';

/** Holds back how likely tokens were, until their text is released. Lengths are characters of the answer. */
export class HeldLogprobs {
  private held: { start: number; logprobs: TokenLogprobs }[] = [];

  /** @param start where the token's text begins, or will begin once a character is complete */
  add(start: number, logprobs: TokenLogprobs): void {
    this.held.push({ start, logprobs });
  }

  /** What belongs to the text that is released up to here. */
  release(length: number): TokenLogprobs[] {
    const count = this.held.findIndex(({ start }) => start >= length);
    return this.take(count === -1 ? this.held.length : count);
  }

  /** All that is left. */
  end(): TokenLogprobs[] {
    return this.take(this.held.length);
  }

  private take(count: number): TokenLogprobs[] {
    return this.held.splice(0, count).map(({ logprobs }) => logprobs);
  }
}
