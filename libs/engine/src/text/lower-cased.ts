import type { TokenizerFiles } from './tokenizer-files.js';

/** A tokenizer that makes texts lower case first. */
export function lowerCased(files: TokenizerFiles): TokenizerFiles {
  const { normalizer } = files.json;
  const normalizers = [{ type: 'Lowercase' }, ...(normalizer ? [normalizer] : [])];
  return { ...files, json: { ...files.json, normalizer: { type: 'Sequence', normalizers } } };
}
