import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Special tokens around a text. */
const SPECIAL = 2;
/** Entries of the vocabulary among which the words are, the most frequent ones. */
const [FIRST_WORD, LAST_WORD] = [2000, 12_000];

/** Texts of random words, each of them one token of a BERT vocabulary. */
export class Texts {
  private readonly words: string[];
  private state = 18;

  /** @param folder of the model */
  constructor(folder: string) {
    const vocabulary = readFileSync(join(folder, 'vocab.txt'), 'utf8').split('\n');
    this.words = vocabulary.slice(FIRST_WORD, LAST_WORD).filter((word) => /^[a-z]{3,}$/.test(word));
  }

  /** A text of so many tokens, special ones included. */
  ofLength(tokens: number): string {
    return Array.from({ length: tokens - SPECIAL }, () => this.words[this.below(this.words.length)]).join(' ');
  }

  /** Texts of lengths from `min` to `max`. */
  between(min: number, max: number, count: number): string[] {
    return Array.from({ length: count }, () => this.ofLength(min + this.below(max - min + 1)));
  }

  private below(bound: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * bound);
  }
}
