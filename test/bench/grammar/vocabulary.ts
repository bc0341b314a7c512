import { pieces } from './pieces.ts';

/** Bytes by token: all single ones, and pieces of text; texts are cut greedily. */
export class Vocabulary {
  private readonly tokens: Uint8Array[];
  private readonly byText = new Map<string, number>();
  private readonly longest: number;
  readonly size: number;

  constructor(size: number) {
    this.size = size;
    const characters = byteCharacters();
    const texts = pieces(size - 256).map((piece) =>
      Array.from(piece, (character) => characters.get(character) ?? 0x20),
    );
    this.tokens = [...Array.from({ length: 256 }, (_, byte) => [byte]), ...texts].map((bytes) =>
      Uint8Array.from(bytes),
    );
    for (const [token, bytes] of this.tokens.entries()) this.byText.set(Buffer.from(bytes).toString('latin1'), token);
    this.longest = Math.max(...this.tokens.map(({ length }) => length));
  }

  readonly bytesOf = (token: number): Uint8Array | undefined => this.tokens[token];

  cut(text: string): number[] {
    const bytes = Buffer.from(text).toString('latin1');
    const tokens: number[] = [];
    for (let at = 0; at < bytes.length;) {
      let length = Math.min(this.longest, bytes.length - at);
      let token: number | undefined;
      while ((token = this.byText.get(bytes.slice(at, at + length))) === undefined) length--;
      tokens.push(token);
      at += length;
    }
    return tokens;
  }
}

/** The characters that stand for bytes in the files of byte-level tokenizers (GPT-2's `bytes_to_unicode`). */
function byteCharacters(): Map<string, number> {
  const own = (byte: number): boolean => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  let others = 0;
  return new Map(
    Array.from({ length: 256 }, (_, byte) => [String.fromCodePoint(own(byte) ? byte : 256 + others++), byte]),
  );
}
