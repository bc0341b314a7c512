import { modelUnsupported } from '../errors/engine.errors.js';
import { fromByteLevel } from './byte-level.js';
import { prependScheme } from './pre-tokenizers.js';
import { sequenceOf, type TokenizerJson, type TokenizerPart, vocabularyEntries } from './tokenizer-json.js';

const encoder = new TextEncoder();

/** Turns tokens of a tokenizer into text. */
export interface TokenDecoder {
  /** The bytes that a token stands for. */
  toBytes(token: string): Uint8Array;
  /** Spaces that the tokenizer puts before a text, and takes from a whole text again; `all` those of the first token. */
  prefixSpaces: number | 'all';
}

/**
 * The bytes of every token by its id; `undefined` for special tokens, which have no text. Text is the UTF-8 decoding of the
 * concatenated bytes, so a token may hold a part of a character.
 */
export function tokenBytes(
  { model, added_tokens }: Pick<TokenizerJson, 'model' | 'added_tokens'>,
  { toBytes }: Pick<TokenDecoder, 'toBytes'>,
): (Uint8Array | undefined)[] {
  const table: (Uint8Array | undefined)[] = [];
  for (const [token, id] of vocabularyEntries(model)) table[id] = toBytes(token);
  for (const { id, content, special } of added_tokens) table[id] = special ? undefined : toBytes(content);
  return table;
}

/**
 * The decoder of a tokenizer.
 * @throws `model_unsupported` naming a decoder whose tokens are not byte strings
 */
export function toTokenDecoder(decoder: TokenizerPart | null): TokenDecoder {
  const steps = sequenceOf(decoder, 'decoders');
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
      `tokenizer.json: decoder ${name} is not supported; supported are ByteLevel and Metaspace (with or without ByteFallback).`,
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
