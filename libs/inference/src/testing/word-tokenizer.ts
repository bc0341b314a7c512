/** A word and the white space before it, or white space at the end. */
const WORD = /\s*\S+|\s+$/g;

/** A tokenizer whose tokens are words: it learns each new word when it meets it. */
export class WordTokenizer {
  private readonly ids = new Map<string, number>();
  private readonly words: string[] = [];

  encode(text: string): Int32Array {
    return Int32Array.from(split(text), (word) => {
      const known = this.ids.get(word);
      if (known !== undefined) return known;
      this.ids.set(word, this.words.length);
      return this.words.push(word) - 1;
    });
  }

  /** Tokens that were never encoded have no text. */
  decode(tokens: Iterable<number>): string {
    return Array.from(tokens, (token) => this.words[token] ?? '').join('');
  }
}

/** The words of a text; joined, they are the text. */
export function split(text: string): string[] {
  return text.match(WORD) ?? [];
}
