import { BYTE_LEVEL_ALPHABET } from './byte-level.js';
import { PieceMerger } from './merging/piece-merger.js';
import { type TokenizerModelJson, vocabularyEntries } from './tokenizer-json.js';
import { BPE, Unigram } from './tokenizers-library.js';

/** Cuts a pre-tokenized piece into tokens of the vocabulary. */
export interface TokenModel {
  /** Token ids of a piece. */
  encode(piece: string): number[];
  /** True if every text has tokens. */
  isComplete: boolean;
  /** True if characters that the vocabulary lacks can vanish, any number of them in one token. */
  dropsUnknown: boolean;
}

const encoder = new TextEncoder();
const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;

/**
 * The model of a tokenizer.
 * @throws Error naming what is not supported
 */
export function toTokenModel(json: TokenizerModelJson): TokenModel {
  switch (json.type) {
    case 'BPE':
      return json.ranks instanceof Int32Array ? rankedBpe(json, json.ranks) : bpe(json);
    case 'Unigram':
      return unigram(json);
    case undefined:
      return Array.isArray(json.vocab) ? unigram(json) : bpe(json);
    default:
      throw new Error(`model "${String(json.type)}" is not supported; supported are BPE and Unigram`);
  }
}

function bpe(json: TokenizerModelJson): TokenModel {
  for (const affix of ['continuing_subword_prefix', 'end_of_word_suffix', 'continuing_subword_suffix']) {
    if (json[affix]) throw new Error(`BPE with "${affix}" is not supported`);
  }
  const model = new BPE({ merges: [], ...json });
  const ids = new Map(vocabularyEntries(json));
  const unknown = typeof json.unk_token === 'string' ? ids.get(json.unk_token) : undefined;
  const fuses = json.fuse_unk === true;
  const isComplete = hasAllBytes(ids, json);
  return {
    encode: (piece) => {
      const encoded: number[] = [];
      for (const token of model.encode([piece])) {
        const id = ids.get(token)!;
        if (fuses && id === unknown && encoded.at(-1) === unknown) continue;
        encoded.push(id);
      }
      return encoded;
    },
    isComplete,
    dropsUnknown: !isComplete && (fuses || unknown === undefined),
  };
}

/** BPE by the ranks of its tokens, as SentencePiece has it; with byte fallback where all bytes have tokens. */
function rankedBpe(json: TokenizerModelJson, ranks: Int32Array): TokenModel {
  const ids = new Map(vocabularyEntries(json));
  const merger = new PieceMerger(ids, ranks);
  const unknown = typeof json.unk_token === 'string' ? ids.get(json.unk_token) : undefined;
  const toIds = pieceIds(ids, unknown, json.byte_fallback === true);
  const isComplete = hasAllBytes(ids, json);
  return { encode: (piece) => toIds(merger.merge(piece)), isComplete, dropsUnknown: !isComplete };
}

function unigram(json: TokenizerModelJson): TokenModel {
  const model = new Unigram(json, '');
  const ids = new Map(vocabularyEntries(json));
  const unknown = typeof json.unk_id === 'number' ? json.unk_id : undefined;
  const toIds = pieceIds(ids, unknown, json.byte_fallback === true);
  const isComplete = hasAllBytes(ids, json);
  return { encode: (piece) => toIds(model.encode([piece])), isComplete, dropsUnknown: !isComplete };
}

/** Turns pieces into ids; several unknown pieces in a row are one token. */
function pieceIds(
  ids: ReadonlyMap<string, number>,
  unknown: number | undefined,
  fallsBack: boolean,
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
      else if (!follows && unknown !== undefined) encoded.push(unknown);
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
