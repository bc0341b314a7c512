/** The bytes and texts of tokens. */
export interface Vocabulary {
  /** The bytes of a token; `undefined` for special tokens and unknown ids. */
  bytesOf(token: number): Uint8Array | undefined;
  /** The text of a special token. */
  specialTextOf(token: number): string | undefined;
  /** Special tokens by their text. */
  readonly specialTokens: ReadonlyMap<string, number>;
}
