import type { AddedToken } from '../model/added-token.js';

/** A part of a tokenizer: its type, and fields that depend on it. */
export interface TokenizerPart {
  type: string;
  [field: string]: unknown;
}

/** The model of a tokenizer: BPE with a vocabulary by token, or Unigram with a list of tokens and scores. */
export interface TokenizerModelJson extends TokenizerPart {
  vocab: Record<string, number> | ReadonlyMap<string, number> | [string, number][];
  /**
   * Ranks of a BPE's tokens by their ids, in place of merges: of two that could be made, the one with the lower rank is. A negative one
   * is that of a token which no merge makes. No `tokenizer.json` has them.
   */
  ranks?: Int32Array;
}

/** `tokenizer.json` (https://github.com/huggingface/tokenizers), as far as it is read here. */
export interface TokenizerJson {
  model: TokenizerModelJson;
  normalizer: TokenizerPart | null;
  pre_tokenizer: TokenizerPart | null;
  post_processor: TokenizerPart | null;
  decoder: TokenizerPart | null;
  added_tokens: AddedToken[];
}

/** The parts of a part that may be a sequence of others, in their order. */
export function sequenceOf(part: TokenizerPart | null, members: string): TokenizerPart[] {
  if (!part) return [];
  if (part.type !== 'Sequence') return [part];
  return ((part[members] ?? []) as TokenizerPart[]).flatMap((member) => sequenceOf(member, members));
}

/** Every token of the model's own vocabulary with its id. */
export function vocabularyEntries({ vocab }: TokenizerModelJson): Iterable<readonly [token: string, id: number]> {
  if (vocab instanceof Map) return vocab as ReadonlyMap<string, number>;
  return Array.isArray(vocab) ? vocab.map(([token], id) => [token, id] as const) : Object.entries(vocab);
}

/** The ids of the tokens of the model's own vocabulary. */
export function vocabularyIds(model: TokenizerModelJson): ReadonlyMap<string, number> {
  const entries = vocabularyEntries(model);
  return entries instanceof Map ? (entries as ReadonlyMap<string, number>) : new Map(entries);
}
