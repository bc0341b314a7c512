import { NgramIndex } from './ngram-index.js';

/** Tokens of a draft at most. */
export const MAX_PROMPT_LOOKUP = 16;

/** Tokens after the prompt that there is room for at first. */
const FIRST_ROOM = 512;

/** Lengths of the n-grams that are looked for, in this order. */
const NGRAM_LENGTHS = [4, 3, 2];

/**
 * Drafts of the next tokens of a sequence, out of its own prompt and output: those that followed when its last tokens occurred before
 * (prompt lookup, https://github.com/apoorvumang/prompt-lookup-decoding). A draft depends on the sequence's tokens alone.
 */
export class PromptLookup {
  private tokens: Int32Array;
  private indexes: NgramIndex[];
  private length = 0;

  constructor(prompt: Int32Array) {
    this.tokens = new Int32Array(prompt.length + FIRST_ROOM);
    this.indexes = this.emptyIndexes();
    for (const token of prompt) this.append(token);
  }

  append(token: number): void {
    if (this.length === this.tokens.length) this.grow();
    // The last n-gram is looked for among those before it.
    for (const index of this.indexes) index.add(this.length);
    this.tokens[this.length++] = token;
  }

  /** The continuation of the most recent earlier occurrence of the last tokens, of as many of them as occur: `maxTokens` at most, often none. */
  draft(maxTokens: number): number[] {
    if (maxTokens <= 0) return [];
    for (const index of this.indexes) {
      const from = index.find(this.length);
      if (from !== undefined) return [...this.tokens.subarray(from, Math.min(from + maxTokens, this.length))];
    }
    return [];
  }

  private grow(): void {
    const tokens = new Int32Array(2 * this.tokens.length);
    tokens.set(this.tokens);
    this.tokens = tokens;
    this.indexes = this.emptyIndexes();
    for (const index of this.indexes) for (let end = 0; end < this.length; end++) index.add(end);
  }

  private emptyIndexes(): NgramIndex[] {
    return NGRAM_LENGTHS.map((n) => new NgramIndex(n, this.tokens));
  }
}
