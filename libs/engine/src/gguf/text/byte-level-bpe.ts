import { modelInvalid } from '../../errors/engine.errors.js';
import type { TokenizerJson } from '../../text/tokenizer-json.js';
import type { GgufMetadata } from '../gguf-metadata.js';
import type { GgufVocabulary } from './gguf-vocabulary.js';
import { readPreTokenizer } from './pre-tokenizers.js';

/** The parts of a tokenizer that depend on its algorithm. */
export interface TokenizerParts extends Pick<TokenizerJson, 'model' | 'normalizer' | 'pre_tokenizer' | 'decoder'> {
  /** True where texts begin with the beginning-of-text token unless the file says otherwise. */
  addsBeginning: boolean;
}

/**
 * Byte-level BPE with merges, which the format calls `gpt2`.
 * @throws `model_invalid` for merges of tokens that are not there, `model_unsupported` naming a pre-tokenizer
 */
export function byteLevelBpe(
  metadata: GgufMetadata,
  _: GgufVocabulary,
  ids: ReadonlyMap<string, number>,
): TokenizerParts {
  const { normalizer, preTokenizer, ignoresMerges, addsBeginning } = readPreTokenizer(metadata);
  const merges = readMerges(metadata, ids);
  return {
    model: { type: 'BPE', vocab: Object.fromEntries(ids), merges, ignore_merges: ignoresMerges },
    normalizer,
    pre_tokenizer: preTokenizer,
    decoder: { type: 'ByteLevel' },
    addsBeginning,
  };
}

function readMerges(metadata: GgufMetadata, ids: ReadonlyMap<string, number>): [string, string][] {
  const key = 'tokenizer.ggml.merges';
  const lines = metadata.strings(key);
  if (!lines) throw modelInvalid(`${metadata.path} has no merges ("${key}"), which its tokenizer needs.`);
  return lines.map((line, i) => {
    // A token may begin with the space that parts the two.
    const at = line.indexOf(' ', 1);
    const [left, right] = at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    const missing = [left, right, left + right].find((token) => !ids.has(token));
    if (missing === undefined) return [left, right];
    throw modelInvalid(
      `${metadata.path}: merge ${i} (${JSON.stringify(line.slice(0, 40))}) has ${JSON.stringify(missing.slice(0, 40))}, which is no token of the file.`,
    );
  });
}
