import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { messageOf } from '@frontier/errors';
import { modelInvalid } from '../engine.errors.js';
import { readJsonFile } from '../model/json-file.js';
import { tokenBytes, type TokenizerJson } from './token-bytes.js';

/** Text to token ids and back, as a model folder's `tokenizer.json` defines it. */
export interface TextTokenizer {
  /** The ids of a text, with the special tokens that the model expects around it unless they are declined. */
  encode(text: string, addSpecialTokens?: boolean): Int32Array;
  /** The bytes that a token stands for; `undefined` for special tokens and unknown ids. */
  bytesOf(token: number): Uint8Array | undefined;
}

/**
 * Loads `tokenizer.json` and, where there is one, `tokenizer_config.json`.
 * @throws `model_invalid` or `model_unsupported`, naming the file
 */
export function loadTokenizer(folder: string): TextTokenizer {
  const path = join(folder, 'tokenizer.json');
  const configPath = join(folder, 'tokenizer_config.json');
  const json = readJsonFile(path);
  const config = existsSync(configPath) ? readJsonFile(configPath) : {};
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(json, config);
  } catch (error) {
    throw modelInvalid(`${path} cannot be used: ${messageOf(error)}`, error);
  }
  const bytes = tokenBytes(json as unknown as TokenizerJson);
  return {
    encode: (text, addSpecialTokens = true) =>
      Int32Array.from(tokenizer.encode(text, { add_special_tokens: addSpecialTokens }).ids),
    bytesOf: (token) => bytes[token],
  };
}
