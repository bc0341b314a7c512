import { ChatPrompts } from '../chat/chat-prompts.js';
import { loadPlugin } from '../plugin/load-plugin.js';
import { createPromptHook, type PromptHook } from '../plugin/prompt-hook.js';
import type { Dtype } from '../source/onnx-place.js';
import { openModelSource } from '../source/open-model-source.js';
import { TextGuard } from '../text/added-tokens/guarded-text.js';
import { createTokenizer, type TextTokenizer } from '../text/text-tokenizer.js';

/** The tokenizer and the chat template of a model. */
export interface TextModel {
  tokenizer: TextTokenizer;
  chat: ChatPrompts;
  /** Changes prompts before they are tokenized; `undefined` where the plugin has no such hook. */
  promptHook?: PromptHook;
  /** Deviations from the model's files. */
  warnings: string[];
}

/**
 * Loads the tokenizer and the chat template of a model, and the prompt hook of its plugin. A template that cannot be
 * computed is a warning: the model serves everything but chats.
 * @param pluginSpecifier see `loadPlugin`
 * @param dtype as of `ModelOptions`
 * @throws `model_invalid` or `model_unsupported`, naming the file; `engine_error` where the plugin throws
 */
export async function loadTextModel(path: string, pluginSpecifier?: string, dtype?: Dtype): Promise<TextModel> {
  const tokenizer = loadTokenizer(path, dtype);
  const guard = new TextGuard(tokenizer.vocabulary.specialTokens.keys());
  const chat = new ChatPrompts(openModelSource(path, dtype).readChatTemplate(), guard);
  const plugin = pluginSpecifier === undefined ? undefined : (await loadPlugin(pluginSpecifier)).plugin;
  return {
    tokenizer,
    chat,
    promptHook: createPromptHook(plugin),
    warnings: chat.fault === undefined ? [] : [`Its chat template cannot be used: ${chat.fault}`],
  };
}

/**
 * Loads the tokenizer of a model.
 * @throws `model_invalid` or `model_unsupported`, naming the file
 */
export function loadTokenizer(path: string, dtype?: Dtype): TextTokenizer {
  return createTokenizer(openModelSource(path, dtype).readTokenizer());
}
