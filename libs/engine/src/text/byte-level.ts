/**
 * GPT-2's alphabet: printable Latin-1 characters stand for themselves, the other 68 bytes, in order, for the
 * characters from U+0100 on (https://github.com/openai/gpt-2/blob/master/src/encoder.py, `bytes_to_unicode`).
 */
const CHARACTER_OF_BYTE: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
})();
const BYTE_OF_CHARACTER = new Map(CHARACTER_OF_BYTE.map((character, byte) => [character, byte]));

const encoder = new TextEncoder();

/** The characters of this alphabet. */
export const BYTE_LEVEL_ALPHABET = CHARACTER_OF_BYTE;

/** A text as byte-level BPE sees it: a character for each byte of its UTF-8. */
export function toByteLevel(text: string): string {
  let characters = '';
  for (const byte of encoder.encode(text)) characters += CHARACTER_OF_BYTE[byte];
  return characters;
}

/** The bytes that a byte-level token stands for; those of its text where it has a character that stands for none. */
export function fromByteLevel(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTE_OF_CHARACTER.get(character);
    if (byte === undefined) return encoder.encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
