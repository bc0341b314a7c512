import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { TokenizerFiles } from '../../text/tokenizer-files.js';
import type { GgufMetadata } from '../gguf-metadata.js';
import { readAddedTokens } from './added-tokens.js';
import { byteLevelBpe } from './byte-level-bpe.js';
import { type GgufVocabulary, readGgufVocabulary } from './gguf-vocabulary.js';
import { sentencePieceBpe } from './sentence-piece-bpe.js';
import { readTokenRole } from './token-roles.js';
import { readFrame } from './text-frame.js';

/**
 * Reads the tokenizer of a GGUF file as the `tokenizer.json` that it was made of, as far as the file still tells. What it does not tell:
 * whether tokens take the spaces beside them, and the normalizer.
 * @param vocabSize rows of the model's embeddings
 * @throws `model_invalid` where lists do not fit together or name what is not there, `model_unsupported` naming what is not served
 */
export function readGgufTokenizer(metadata: GgufMetadata, vocabSize: number): TokenizerFiles {
  const { path } = metadata;
  const build = builderOf(metadata);
  const vocabulary = readGgufVocabulary(metadata);
  const { length } = vocabulary.tokens;
  if (length !== vocabSize) {
    throw modelInvalid(
      `${path} has ${length} tokens for the model's ${vocabSize} embeddings; vocabulary and weights are not of one model. Take another file of this model.`,
    );
  }
  const ids = idsOf(metadata, vocabulary);
  const { addsBeginning, ...parts } = build(metadata, vocabulary, ids);
  const json = {
    ...parts,
    post_processor: readFrame(metadata, vocabulary, addsBeginning),
    added_tokens: readAddedTokens(metadata, vocabulary),
  };
  return { path, json, vocabSize, eosTokenId: readTokenRole(metadata, 'eos', length), warnings: [] };
}

function builderOf(metadata: GgufMetadata): typeof byteLevelBpe {
  const model = metadata.string('tokenizer.ggml.model');
  switch (model) {
    case 'gpt2':
      return byteLevelBpe;
    case 'llama':
      return sentencePieceBpe;
    case undefined:
      throw modelInvalid(
        `${metadata.path} has no tokenizer ("tokenizer.ggml.model"). Take a file with its vocabulary.`,
      );
    default:
      throw modelUnsupported(
        `${metadata.path}: tokenizer ${JSON.stringify(model.slice(0, 40))} is not supported; supported are "gpt2" and "llama". Take the safetensors folder of this model.`,
      );
  }
}

/** The ids of tokens; embeddings that stand for none are left out. */
function idsOf({ path }: GgufMetadata, { tokens, kindOf }: GgufVocabulary): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (token === '' || kindOf(id) === 'unused') continue;
    const other = ids.get(token);
    if (other !== undefined) {
      throw modelInvalid(
        `${path}: tokens ${other} and ${id} are both ${JSON.stringify(token.slice(0, 40))}. Take another file of this model.`,
      );
    }
    ids.set(token, id);
  }
  return ids;
}
