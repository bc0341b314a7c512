import { BYTE_LEVEL_ALPHABET } from './byte-level.js';
import { type MergeRanks, type Merges, PairRanks, TokenRanks } from './merging/merge-ranks.js';
import { PieceMerger } from './merging/piece-merger.js';
import { type TokenizerModelJson, vocabularyIds } from './tokenizer-json.js';
import { Unigram } from './tokenizers-library.js';
import { wordPieces } from './word-piece/word-piece.js';

/** Cuts a pre-tokenized piece into tokens of the vocabulary. */
export interface TokenModel {
  /** Token ids of a piece. */
  encode(piece: string): number[];
  /** True if every text has tokens. */
  isComplete: boolean;
  /** True if characters that the vocabulary lacks can vanish, any number of them in one token. */
  dropsUnknown: boolean;
}

const MAX_CACHED_PIECES = 10_000;
const MAX_CACHED_LENGTH = 64;

const encoder = new TextEncoder();
const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;

/**
 * The model of a tokenizer.
 * @throws Error naming what is not supported
 */
export function toTokenModel(json: TokenizerModelJson): TokenModel {
  switch (json.type) {
    case 'BPE':
      return bpe(json);
    case 'Unigram':
      return unigram(json);
    case 'WordPiece':
      return wordPiece(json);
    case undefined:
      return Array.isArray(json.vocab) ? unigram(json) : bpe(json);
    default:
      throw new Error(`model "${String(json.type)}" is not supported; supported are BPE, Unigram and WordPiece`);
  }
}

function bpe(json: TokenizerModelJson): TokenModel {
  for (const affix of ['continuing_subword_prefix', 'end_of_word_suffix', 'continuing_subword_suffix']) {
    if (json[affix]) throw new Error(`BPE with "${affix}" is not supported`);
  }
  const ids = vocabularyIds(json);
  const merger = new PieceMerger(ids, ranksOf(json, ids));
  const unknown = typeof json.unk_token === 'string' ? ids.get(json.unk_token) : undefined;
  const fuses = json.fuse_unk === true;
  const toIds = pieceIds(ids, { unknown, fuses, fallsBack: json.byte_fallback === true });
  const isComplete = hasAllBytes(ids, json);
  return {
    encode: cached((piece) => {
      const whole = json.ignore_merges === true ? ids.get(piece) : undefined;
      return whole === undefined ? toIds(merger.merge(piece)) : [whole];
    }),
    isComplete,
    dropsUnknown: !isComplete && (fuses || unknown === undefined),
  };
}

function wordPiece(json: TokenizerModelJson): TokenModel {
  const { unk_token: unkToken = '[UNK]', continuing_subword_prefix: prefix = '##' } = json;
  const { max_input_chars_per_word: maxCharacters = 100 } = json;
  const ids = vocabularyIds(json);
  const unknown = typeof unkToken === 'string' ? ids.get(unkToken) : undefined;
  if (unknown === undefined || typeof prefix !== 'string' || typeof maxCharacters !== 'number') {
    throw new Error('WordPiece without an unknown token, a prefix or a length of words is not supported');
  }
  let longest = 1;
  for (const token of ids.keys()) longest = Math.max(longest, token.length);
  const parts = { ids, prefix, unknown, maxCharacters, longest };
  return { encode: cached((word) => wordPieces(word, parts)), isComplete: false, dropsUnknown: true };
}

function ranksOf({ ranks, merges = [] }: TokenizerModelJson, ids: ReadonlyMap<string, number>): MergeRanks {
  if (ranks instanceof Int32Array) return new TokenRanks(ids, ranks);
  if (Array.isArray(merges)) return new PairRanks(ids, merges as Merges);
  throw new Error('the merges of BPE must be a list');
}

/** Remembers pieces, most of which are words that come again and again; begins anew when it is full. */
function cached(encode: (piece: string) => number[]): (piece: string) => number[] {
  const known = new Map<string, number[]>();
  return (piece) => {
    if (piece.length > MAX_CACHED_LENGTH) return encode(piece);
    let ids = known.get(piece);
    if (!ids) {
      if (known.size === MAX_CACHED_PIECES) known.clear();
      known.set(piece, (ids = encode(piece)));
    }
    return ids;
  };
}

function unigram(json: TokenizerModelJson): TokenModel {
  const model = new Unigram(json, '');
  const ids = vocabularyIds(json);
  const unknown = typeof json.unk_id === 'number' ? json.unk_id : undefined;
  const toIds = pieceIds(ids, { unknown, fuses: true, fallsBack: json.byte_fallback === true });
  const isComplete = hasAllBytes(ids, json);
  return { encode: (piece) => toIds(model.encode([piece])), isComplete, dropsUnknown: !isComplete };
}

/**
 * Turns pieces into ids.
 * @param unknown stands for pieces that are no tokens; with `fuses`, for several in a row. With `fallsBack`, their bytes do
 */
function pieceIds(
  ids: ReadonlyMap<string, number>,
  { unknown, fuses, fallsBack }: { unknown: number | undefined; fuses: boolean; fallsBack: boolean },
): (pieces: string[]) => number[] {
  return (pieces) => {
    const encoded: number[] = [];
    let follows = false;
    for (const piece of pieces) {
      const id = ids.get(piece);
      const bytes = id === undefined && fallsBack ? byteIds(piece, ids) : undefined;
      const isUnknown = id === undefined && bytes === undefined;
      if (bytes) encoded.push(...bytes);
      else if (id !== undefined) encoded.push(id);
      else if (!(fuses && follows) && unknown !== undefined) encoded.push(unknown);
      follows = isUnknown;
    }
    return encoded;
  };
}

function byteIds(text: string, ids: ReadonlyMap<string, number>): number[] | undefined {
  const found = Array.from(encoder.encode(text), (byte) => ids.get(byteToken(byte)));
  return found.every((id) => id !== undefined) ? found : undefined;
}

/** True if each byte has a token, in one of the two alphabets. */
function hasAllBytes(ids: ReadonlyMap<string, number>, { byte_fallback }: TokenizerModelJson): boolean {
  const isByteLevel = BYTE_LEVEL_ALPHABET.every((character) => ids.has(character));
  return isByteLevel || (byte_fallback === true && BYTE_LEVEL_ALPHABET.every((_, byte) => ids.has(byteToken(byte))));
}
