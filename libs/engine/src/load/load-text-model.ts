import { join } from 'node:path';
import { ChatPrompts } from '../chat/chat-prompts.js';
import { readChatTemplate } from '../model/chat-template.js';
import { ConfigReader } from '../model/config-reader.js';
import { readJsonFile } from '../model/json-file.js';
import { assertModelFolder } from '../model/model-folder.js';
import { createTokenizer, type TextTokenizer } from '../text/text-tokenizer.js';
import { readTokenizerFiles } from '../text/tokenizer-files.js';

/** The tokenizer and the chat template of a model. */
export interface TextModel {
  tokenizer: TextTokenizer;
  chat: ChatPrompts;
  /** What is not as the model's files say. */
  warnings: string[];
}

/**
 * Loads the tokenizer and the chat template of a model folder. A template that cannot be computed is a warning: the model
 * serves everything but chats.
 * @throws `model_invalid` or `model_unsupported`, naming the file
 */
export function loadTextModel(path: string): TextModel {
  const tokenizer = loadTokenizer(path);
  const chat = new ChatPrompts(readChatTemplate(path));
  return {
    tokenizer,
    chat,
    warnings: chat.fault === undefined ? [] : [`Its chat template cannot be used: ${chat.fault}`],
  };
}

/**
 * Loads the tokenizer of a model folder.
 * @throws `model_invalid` or `model_unsupported`, naming the file
 */
export function loadTokenizer(path: string): TextTokenizer {
  assertModelFolder(path);
  const configPath = join(path, 'config.json');
  const vocabSize = new ConfigReader(configPath, readJsonFile(configPath)).size('vocab_size');
  return createTokenizer(readTokenizerFiles(path, vocabSize), vocabSize);
}
