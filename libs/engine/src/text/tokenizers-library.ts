import * as library from '@huggingface/tokenizers';
import type { TokenizerModelJson, TokenizerPart } from './tokenizer-json.js';

/** The library's model: tokens of pre-tokenized pieces. */
interface LibraryModel {
  encode(pieces: string[]): string[];
}

/** The parts of the library in use; its own declarations of these cannot be resolved by `nodenext`. */
interface Library {
  Unigram: new (json: TokenizerModelJson, eosToken: string) => LibraryModel;
  ReplaceNormalizer: new (part: TokenizerPart) => { pattern: RegExp | null };
  SplitPreTokenizer: new (part: TokenizerPart) => { pattern: RegExp | null };
}

const { Unigram, ReplaceNormalizer, SplitPreTokenizer } = library as unknown as Library;

export { Unigram };

/** The regular expression of a part, translated from Oniguruma's language; `null` where the part has none. */
export function patternOf(part: TokenizerPart): RegExp | null {
  return part.type === 'Replace' ? new ReplaceNormalizer(part).pattern : new SplitPreTokenizer(part).pattern;
}
