import { modelInvalid } from '../../errors/engine.errors.js';
import type { ChatTemplate } from '../../model/chat-template.js';
import type { GgufMetadata } from '../gguf-metadata.js';
import { readTokenRole, type TokenRole } from './token-roles.js';

/** Names that templates have for tokens, by the role in the file. */
const NAMES: readonly (readonly [name: string, role: TokenRole])[] = [
  ['bos_token', 'bos'],
  ['eos_token', 'eos'],
  ['unk_token', 'unknown'],
  ['pad_token', 'padding'],
  ['sep_token', 'seperator'],
  ['mask_token', 'mask'],
];

/**
 * The chat template of a GGUF file; of several, the one without a name, which is the default.
 * @throws `model_invalid` where only others are there
 */
export function readGgufChatTemplate(metadata: GgufMetadata): ChatTemplate {
  const { path } = metadata;
  const source = metadata.string('tokenizer.chat_template');
  const named = metadata.strings('tokenizer.chat_templates') ?? [];
  if (source === undefined && named.length > 0) {
    const shown = named.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)));
    throw modelInvalid(
      `${path} has chat templates for special uses (${shown.join(', ')}), and no "tokenizer.chat_template" for others.`,
    );
  }
  const texts = metadata.strings('tokenizer.ggml.tokens') ?? [];
  const tokens = NAMES.map(([name, role]) => [name, readTokenRole(metadata, role, texts.length)] as const)
    .filter((entry): entry is readonly [string, number] => entry[1] !== undefined)
    .map(([name, id]) => [name, texts[id]] as const);
  return { source, tokens: Object.fromEntries(tokens) };
}
