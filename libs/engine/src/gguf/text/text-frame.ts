import { modelInvalid } from '../../errors/engine.errors.js';
import type { TokenizerPart } from '../../text/tokenizer-json.js';
import type { GgufMetadata } from '../gguf-metadata.js';
import type { GgufVocabulary } from './gguf-vocabulary.js';
import { readTokenRole } from './token-roles.js';

/**
 * The special tokens that a GGUF file wants around a text, as a post-processor; null where it wants none.
 * @param addsBeginning true where a text begins with the beginning-of-text token unless the file says otherwise
 * @throws `model_invalid` where the file wants a token that it does not name
 */
export function readFrame(
  metadata: GgufMetadata,
  { tokens }: GgufVocabulary,
  addsBeginning: boolean,
): TokenizerPart | null {
  const wanted = {
    bos: metadata.flag('tokenizer.ggml.add_bos_token'),
    eos: metadata.flag('tokenizer.ggml.add_eos_token'),
  };
  const idOf = (role: 'bos' | 'eos', isAdded: boolean): number[] => {
    if (!isAdded) return [];
    const id = readTokenRole(metadata, role, tokens.length);
    if (id === undefined && wanted[role] === true) {
      const key = `tokenizer.ggml.${role}_token_id`;
      throw modelInvalid(
        `${metadata.path}: "tokenizer.ggml.add_${role}_token" is true, but there is no "${key}". Take another file of this model.`,
      );
    }
    return id === undefined ? [] : [id];
  };
  const before = idOf('bos', wanted.bos ?? addsBeginning);
  const after = idOf('eos', wanted.eos ?? false);
  if (before.length + after.length === 0) return null;
  const item = (id: number): object => ({ SpecialToken: { id: String(id), type_id: 0 } });
  return {
    type: 'TemplateProcessing',
    single: [...before.map(item), { Sequence: { id: 'A', type_id: 0 } }, ...after.map(item)],
    special_tokens: Object.fromEntries([...before, ...after].map((id) => [String(id), { id: String(id), ids: [id] }])),
  };
}
