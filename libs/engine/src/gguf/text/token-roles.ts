import { modelInvalid } from '../../errors/engine.errors.js';
import type { GgufMetadata } from '../gguf-metadata.js';

/** A role that a token can have, as the format spells it. */
export type TokenRole = 'bos' | 'eos' | 'eot' | 'eom' | 'unknown' | 'padding' | 'seperator' | 'mask';

/** The ids that vocabularies of SentencePiece have where the file names none. */
const SENTENCEPIECE_DEFAULTS: Partial<Record<TokenRole, number>> = { unknown: 0, bos: 1, eos: 2 };

/**
 * The token that has a role; `undefined` where none has.
 * @param count of tokens
 * @throws `model_invalid` for an id that is no token
 */
export function readTokenRole(metadata: GgufMetadata, role: TokenRole, count: number): number | undefined {
  const key = `tokenizer.ggml.${role}_token_id`;
  const id = metadata.integer(key);
  if (id !== undefined && (id < 0 || id >= count)) {
    throw modelInvalid(
      `${metadata.path}: "${key}" is ${id}, but the file has tokens 0 to ${count - 1}. Take another file of this model.`,
    );
  }
  if (id !== undefined || metadata.string('tokenizer.ggml.model') !== 'llama') return id;
  const usual = SENTENCEPIECE_DEFAULTS[role];
  return usual !== undefined && usual < count ? usual : undefined;
}
