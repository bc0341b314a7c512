import type { TokenLogprobs } from '../sampler/log-probabilities.js';

/** Holds back the log probabilities of tokens until their text is released. Lengths are characters of the output. */
export class HeldLogprobs {
  private held: { start: number; logprobs: TokenLogprobs }[] = [];

  /** @param start the beginning of the token's text, which may not be complete yet */
  add(start: number, logprobs: TokenLogprobs): void {
    this.held.push({ start, logprobs });
  }

  /** Log probabilities of the text that is released up to here. */
  release(length: number): TokenLogprobs[] {
    const count = this.held.findIndex(({ start }) => start >= length);
    return this.take(count === -1 ? this.held.length : count);
  }

  /** All log probabilities that are left. */
  end(): TokenLogprobs[] {
    return this.take(this.held.length);
  }

  private take(count: number): TokenLogprobs[] {
    return this.held.splice(0, count).map(({ logprobs }) => logprobs);
  }
}
