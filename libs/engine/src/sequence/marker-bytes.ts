import type { Vocabulary } from '../text/vocabulary.js';

/** The bytes of those texts that are special tokens, by token. */
export function markerBytes(
  { specialTokens }: Pick<Vocabulary, 'specialTokens'>,
  texts: readonly string[],
): ReadonlyMap<number, Uint8Array> {
  const bytes = new Map<number, Uint8Array>();
  for (const text of texts) {
    const token = specialTokens.get(text);
    if (token !== undefined) bytes.set(token, Buffer.from(text));
  }
  return bytes;
}
