import { modelInvalid } from '../../errors/engine.errors.js';
import type { GgufMetadata, GgufNumbers } from '../gguf-metadata.js';

/** The kind of a token; `unused` ones stand for embeddings that have no token. */
export type TokenKind = 'normal' | 'unknown' | 'control' | 'user-defined' | 'unused' | 'byte';

/** Kinds by the numbers that the format has for them (`LLAMA_TOKEN_TYPE_*`), from 1 on. */
const KINDS: readonly TokenKind[] = ['normal', 'unknown', 'control', 'user-defined', 'unused', 'byte'];

/** No token of a real vocabulary is a tenth as long; the text of a token bounds how many tokens a text can have. */
const MAX_TOKEN_LENGTH = 4096;

/** The tokens of a GGUF file. */
export interface GgufVocabulary {
  /** Texts by id, as the file spells them; bytes that are no UTF-8 are U+FFFD. */
  tokens: readonly string[];
  /** The kind of a token; `normal` where the file lists none. */
  kindOf(id: number): TokenKind;
}

/**
 * Reads the tokens of a GGUF file and their kinds.
 * @throws `model_invalid` where there are none, or lists do not fit together
 */
export function readGgufVocabulary(metadata: GgufMetadata): GgufVocabulary {
  const { path } = metadata;
  const tokens = metadata.strings('tokenizer.ggml.tokens');
  if (!tokens || tokens.length === 0) {
    throw modelInvalid(
      `${path} has no tokens ("tokenizer.ggml.tokens"). Take a file that holds the vocabulary of its model.`,
    );
  }
  const long = tokens.findIndex((token) => token.length > MAX_TOKEN_LENGTH);
  if (long !== -1) {
    throw modelInvalid(
      `${path}: token ${long} has ${tokens[long].length} characters; tokens have at most ${MAX_TOKEN_LENGTH}. Take another file of this model.`,
    );
  }
  const types = readTokenNumbers(metadata, 'tokenizer.ggml.token_type', tokens.length);
  return { tokens, kindOf: (id) => (types ? (KINDS[types[id] - 1] ?? 'unused') : 'normal') };
}

/**
 * Reads a list that has a number for each token; `undefined` where there is none.
 * @throws `model_invalid` where it has another length
 */
export function readTokenNumbers(metadata: GgufMetadata, key: string, count: number): GgufNumbers | undefined {
  const numbers = metadata.numbers(key);
  if (numbers && numbers.length !== count) {
    throw modelInvalid(
      `${metadata.path}: "${key}" has ${numbers.length} entries for ${count} tokens; the file is damaged: download it again.`,
    );
  }
  return numbers;
}
