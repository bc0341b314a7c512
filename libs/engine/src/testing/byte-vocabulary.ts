import type { Vocabulary } from '../text/vocabulary.js';

/** A vocabulary of the 256 bytes of UTF-8. */
export const byteVocabulary: Vocabulary = {
  bytesOf: (token) => (token < 256 ? Uint8Array.of(token) : undefined),
  specialTextOf: () => undefined,
  specialTokens: new Map(),
};

/** The tokens of a text: its bytes. */
export function bytesOfText(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}
