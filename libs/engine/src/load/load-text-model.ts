import { ChatPrompts } from '../chat/chat-prompts.js';
import { readChatTemplate } from '../model/chat-template.js';
import { readVocabSize } from '../model/families/read-model-config.js';
import { assertModelFolder } from '../model/model-folder.js';
import { loadPlugin } from '../plugin/load-plugin.js';
import { createPromptHook, type PromptHook } from '../plugin/prompt-hook.js';
import { createTokenizer, type TextTokenizer } from '../text/text-tokenizer.js';
import { readTokenizerFiles } from '../text/tokenizer-files.js';

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
 * Loads the tokenizer and the chat template of a model folder, and the prompt hook of its plugin. A template that cannot be
 * computed is a warning: the model serves everything but chats.
 * @param pluginSpecifier see `loadPlugin`
 * @throws `model_invalid` or `model_unsupported`, naming the file; `engine_error` where the plugin throws
 */
export async function loadTextModel(path: string, pluginSpecifier?: string): Promise<TextModel> {
  const tokenizer = loadTokenizer(path);
  const chat = new ChatPrompts(readChatTemplate(path));
  const plugin = pluginSpecifier === undefined ? undefined : (await loadPlugin(pluginSpecifier)).plugin;
  return {
    tokenizer,
    chat,
    promptHook: createPromptHook(plugin),
    warnings: chat.fault === undefined ? [] : [`Its chat template cannot be used: ${chat.fault}`],
  };
}

/**
 * Loads the tokenizer of a model folder.
 * @throws `model_invalid` or `model_unsupported`, naming the file
 */
export function loadTokenizer(path: string): TextTokenizer {
  assertModelFolder(path);
  const vocabSize = readVocabSize(path);
  return createTokenizer(readTokenizerFiles(path, vocabSize), vocabSize);
}
