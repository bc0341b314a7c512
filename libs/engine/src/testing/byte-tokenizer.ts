import type { TextTokenizer } from '../text/text-tokenizer.js';

/** A tokenizer whose tokens are the 256 bytes of UTF-8. */
export const byteTokenizer: TextTokenizer = {
  encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
  bytesOf: (token) => (token < 256 ? Uint8Array.of(token) : undefined),
};
