import type { Vocabulary } from './vocabulary.js';

/**
 * Turns one sequence's tokens into text as they come. Bytes are held back only while they are an incomplete, still
 * valid UTF-8 character; invalid bytes become U+FFFD as the Encoding Standard says (https://encoding.spec.whatwg.org).
 * The pieces joined are the text of all tokens at once.
 */
export class IncrementalDecoder {
  private readonly utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(private readonly vocabulary: Pick<Vocabulary, 'bytesOf'>) {}

  /** The text that this token completes; empty for special tokens. */
  push(token: number): string {
    const bytes = this.vocabulary.bytesOf(token);
    return bytes ? this.utf8.decode(bytes, { stream: true }) : '';
  }

  /** The text of bytes that are still held back. */
  end(): string {
    return this.utf8.decode();
  }
}
