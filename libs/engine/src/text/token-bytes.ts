import { modelUnsupported } from '../engine.errors.js';

/** The parts of a Hugging Face `tokenizer.json` that say which bytes a token stands for. */
export interface TokenizerJson {
  model: { type?: string; vocab: Record<string, number> | [string, number][] };
  decoder?: DecoderJson | null;
  added_tokens?: { id: number; content: string; special: boolean }[];
}

interface DecoderJson {
  type: string;
  decoders?: DecoderJson[];
  pattern?: { String?: string };
  content?: string;
}

/**
 * The bytes of every token by its id; `undefined` for special tokens, which have no text. Text is the UTF-8 decoding
 * of the concatenated bytes, so a token may hold a part of a character.
 *
 * @throws `model_unsupported` naming a decoder whose tokens are not byte strings
 */
export function tokenBytes(tokenizer: TokenizerJson): (Uint8Array | undefined)[] {
  const toBytes = tokenToBytes(tokenizer.decoder);
  const table: (Uint8Array | undefined)[] = [];
  const vocab = tokenizer.model.vocab;
  if (Array.isArray(vocab)) vocab.forEach(([token], id) => (table[id] = toBytes(token)));
  else for (const [token, id] of Object.entries(vocab)) table[id] = toBytes(token);
  for (const { id, content, special } of tokenizer.added_tokens ?? []) {
    table[id] = special ? undefined : encoder.encode(content);
  }
  return table;
}

const encoder = new TextEncoder();

function tokenToBytes(decoder: DecoderJson | null | undefined): (token: string) => Uint8Array {
  const steps = decoder?.type === 'Sequence' ? (decoder.decoders ?? []) : decoder ? [decoder] : [];
  const types = new Set(steps.map((step) => step.type));
  if (types.has('ByteLevel')) return byteLevelToBytes;
  const replacesMetaspace = steps.some((step) => step.type === 'Replace' && step.pattern?.String === '▁');
  if (types.has('Metaspace') || replacesMetaspace)
    return types.has('ByteFallback') ? fallbackToBytes : metaspaceToBytes;
  const name = decoder ? `"${[...types].join(', ')}"` : 'null';
  throw modelUnsupported(
    `tokenizer.json: decoder ${name} is not supported; supported are ByteLevel and Metaspace (with or without ByteFallback).`,
  );
}

/** SentencePiece: U+2581 stands for a space. */
function metaspaceToBytes(token: string): Uint8Array {
  return encoder.encode(token.replaceAll('▁', ' '));
}

/** SentencePiece with byte fallback: `<0x0A>` stands for one byte. */
function fallbackToBytes(token: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(token);
  return byte ? Uint8Array.of(parseInt(byte[1], 16)) : metaspaceToBytes(token);
}

/** Byte-level BPE: each character stands for one byte. */
function byteLevelToBytes(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTE_OF_CHARACTER.get(character);
    // An added token that is not marked as one is stored as plain text.
    if (byte === undefined) return encoder.encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/**
 * GPT-2's alphabet: printable Latin-1 characters stand for themselves, the other 68 bytes, in order, for the
 * characters from U+0100 on (https://github.com/openai/gpt-2/blob/master/src/encoder.py, `bytes_to_unicode`).
 */
const BYTE_OF_CHARACTER: Map<string, number> = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const map = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) map.set(String.fromCodePoint(printable(byte) ? byte : next++), byte);
  return map;
})();
