import type { GgufMetadata } from '../gguf-metadata.js';
import type { GgufVocabulary } from './gguf-vocabulary.js';
import { readTokenRole, type TokenRole } from './token-roles.js';

const ROLES: readonly TokenRole[] = ['eos', 'eot', 'eom'];

/**
 * Texts of tokens that llama.cpp ends an output at, whatever role the file gives them
 * (https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp, `special_eog_ids`): those of turns and texts, and those
 * that stand between files in code.
 */
const TEXTS: ReadonlySet<string> = new Set([
  '<|eot_id|>',
  '<|im_end|>',
  '<|end|>',
  '<|return|>',
  '<|call|>',
  '<end_of_turn>',
  '<turn|>',
  '<|endoftext|>',
  '</s>',
  '<|eom_id|>',
  '<EOT>',
  '[EOT]',
  '[EOS]',
  '<|end_of_text|>',
  '<end_of_utterance>',
  '<eos>',
  '<｜end▁of▁sentence｜>',
  '<|fim_pad|>',
  '<fim-pad>',
  '<fim_pad>',
  '<|fim_repo|>',
  '<|repo_name|>',
  '<fim-repo>',
  '<reponame>',
  '<|file_sep|>',
]);

/**
 * The tokens that end an output: those with the role, and control and user-defined ones whose text says so. A normal token never ends
 * one by its text: `</s>` is also HTML, which Qwen's vocabulary has as a normal token, and Gemma's as a user-defined one.
 * @throws `model_invalid` for an id that is no token
 */
export function readEndsOfText(metadata: GgufMetadata, { tokens, kindOf }: GgufVocabulary): number[] {
  const ends = new Set<number>();
  for (const role of ROLES) {
    const id = readTokenRole(metadata, role, tokens.length);
    if (id !== undefined) ends.add(id);
  }
  for (const [id, text] of tokens.entries()) {
    if (!TEXTS.has(text)) continue;
    const kind = kindOf(id);
    if (kind === 'control' || (kind === 'user-defined' && text !== '</s>')) ends.add(id);
  }
  return [...ends];
}
