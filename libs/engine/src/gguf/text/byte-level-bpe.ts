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
 * @throws `model_invalid` where there are no merges, `model_unsupported` naming a pre-tokenizer
 */
export function byteLevelBpe(
  metadata: GgufMetadata,
  _: GgufVocabulary,
  ids: ReadonlyMap<string, number>,
): TokenizerParts {
  const { normalizer, preTokenizer, ignoresMerges, addsBeginning } = readPreTokenizer(metadata);
  const key = 'tokenizer.ggml.merges';
  if (!metadata.has(key))
    throw modelInvalid(
      `${metadata.path} has no merges ("${key}"), which its tokenizer needs. Take another file of this model.`,
    );
  return {
    model: {
      type: 'BPE',
      vocab: ids,
      // Hundreds of thousands of texts, which only those read who encode: a process that runs the model does not.
      get merges(): readonly string[] | undefined {
        return metadata.strings(key);
      },
      ignore_merges: ignoresMerges,
    },
    normalizer,
    pre_tokenizer: preTokenizer,
    decoder: { type: 'ByteLevel' },
    addsBeginning,
  };
}
