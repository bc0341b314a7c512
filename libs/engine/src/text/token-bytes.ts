import { modelUnsupported } from '../errors/engine.errors.js';
import { fromByteLevel } from './byte-level.js';
import { prependScheme } from './pre-tokenizers.js';
import { sequenceOf, type TokenizerJson, type TokenizerPart, vocabularyEntries } from './tokenizer-json.js';
import { wordPieceText } from './word-piece/word-piece.js';

const encoder = new TextEncoder();

/** Turns tokens of a tokenizer into text. */
export interface TokenDecoder {
  /** The bytes that a token stands for. */
  toBytes(token: string): Uint8Array;
  /** Spaces that the tokenizer puts before a text, and takes from a whole text again; `all` those of the first token. */
  prefixSpaces: number | 'all';
}

/**
 * The bytes of every token by its id, one after the other in one buffer: as objects of their own, those of 260,000 tokens take 60 MB.
 */
export class TokenBytes {
  private bytes = new Uint8Array(1024);
  private used = 0;
  private readonly starts: Int32Array;
  /** Negative for tokens that have no text. */
  private readonly lengths: Int32Array;

  /** @param size one more than the largest id */
  constructor(size: number) {
    this.starts = new Int32Array(size);
    this.lengths = new Int32Array(size).fill(-1);
  }

  /** The bytes of a token, in the buffer; `undefined` for tokens that have no text and unknown ids. */
  get(token: number): Uint8Array | undefined {
    const length = this.lengths[token];
    if (length === undefined || length < 0) return undefined;
    return this.bytes.subarray(this.starts[token], this.starts[token] + length);
  }

  set(token: number, bytes: Uint8Array | undefined): void {
    this.lengths[token] = bytes ? bytes.length : -1;
    if (!bytes) return;
    if (this.used + bytes.length > this.bytes.length) {
      const larger = new Uint8Array(2 * (this.used + bytes.length));
      larger.set(this.bytes.subarray(0, this.used));
      this.bytes = larger;
    }
    this.bytes.set(bytes, this.used);
    this.starts[token] = this.used;
    this.used += bytes.length;
  }
}

/**
 * The bytes of every token by its id; none for special tokens, which have no text. Text is the UTF-8 decoding of the concatenated bytes,
 * so a token may hold a part of a character.
 */
export function tokenBytes(
  { model, added_tokens }: Pick<TokenizerJson, 'model' | 'added_tokens'>,
  { toBytes }: Pick<TokenDecoder, 'toBytes'>,
): TokenBytes {
  let size = 0;
  for (const [, id] of vocabularyEntries(model)) size = Math.max(size, id + 1);
  for (const { id } of added_tokens) size = Math.max(size, id + 1);
  const table = new TokenBytes(size);
  for (const [token, id] of vocabularyEntries(model)) table.set(id, toBytes(token));
  for (const { id, content, special } of added_tokens) table.set(id, special ? undefined : toBytes(content));
  return table;
}

/**
 * The decoder of a tokenizer.
 * @throws `model_unsupported` naming a decoder whose tokens are not byte strings
 */
export function toTokenDecoder(decoder: TokenizerPart | null): TokenDecoder {
  const steps = sequenceOf(decoder, 'decoders');
  if (steps.length === 1 && steps[0].type === 'WordPiece') return wordPieceDecoder(steps[0]);
  const types = steps.map(({ type }) => type);
  const isKnown = types.every((type) =>
    ['ByteLevel', 'Metaspace', 'Replace', 'ByteFallback', 'Fuse', 'Strip'].includes(type),
  );
  const spaces = steps.find(isSpaceReplacement);
  const metaspace = steps.find(({ type }) => type === 'Metaspace');
  const isByteLevel = types.includes('ByteLevel');
  if (!isKnown || !(isByteLevel || spaces || metaspace)) {
    const name = decoder ? `"${types.join(', ')}"` : 'null';
    throw modelUnsupported(
      `tokenizer.json: decoder ${name} is not supported; supported are ByteLevel, Metaspace (with or without ByteFallback) and WordPiece.`,
    );
  }
  if (isByteLevel) return { toBytes: fromByteLevel, prefixSpaces: 0 };
  const symbol = ((spaces?.pattern as { String?: string } | undefined)?.String ??
    metaspace?.replacement ??
    '▁') as string;
  const toText = (token: string): Uint8Array => encoder.encode(token.replaceAll(symbol, ' '));
  const toBytes = types.includes('ByteFallback') ? (token: string) => byteOf(token) ?? toText(token) : toText;
  return { toBytes, prefixSpaces: metaspace && prependScheme(metaspace) !== 'never' ? 'all' : strippedSpaces(steps) };
}

function wordPieceDecoder({ prefix = '##', cleanup }: TokenizerPart): TokenDecoder {
  const isCleaned = cleanup !== false;
  return { toBytes: (token) => encoder.encode(wordPieceText(token, String(prefix), isCleaned)), prefixSpaces: 1 };
}

function isSpaceReplacement({ type, pattern, content }: TokenizerPart): boolean {
  return type === 'Replace' && content === ' ' && typeof (pattern as { String?: string } | null)?.String === 'string';
}

function strippedSpaces(steps: TokenizerPart[]): number {
  const strip = steps.find(({ type, content }) => type === 'Strip' && content === ' ');
  return typeof strip?.start === 'number' ? strip.start : 0;
}

/** SentencePiece with byte fallback: `<0x0A>` stands for one byte. */
function byteOf(token: string): Uint8Array | undefined {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(token);
  return byte ? Uint8Array.of(parseInt(byte[1], 16)) : undefined;
}
