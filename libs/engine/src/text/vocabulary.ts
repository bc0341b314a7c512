/** What tokens stand for. */
export interface Vocabulary {
  /** The bytes of a token; `undefined` for special tokens and unknown ids. */
  bytesOf(token: number): Uint8Array | undefined;
  /** Special tokens by their text. */
  readonly specialTokens: ReadonlyMap<string, number>;
}
