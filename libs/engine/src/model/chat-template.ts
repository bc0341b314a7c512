import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelInvalid } from '../engine.errors.js';
import { readJsonFile } from './json-file.js';

/** How a model's makers write conversations. */
export interface ChatTemplate {
  /** In Jinja (https://huggingface.co/docs/transformers/chat_templating); without one, the model was not made for chats. */
  source?: string;
  /** The texts of the tokens that templates name: `bos_token`, `eos_token` and so on. */
  tokens: Readonly<Record<string, string>>;
}

const TOKENS = ['bos_token', 'eos_token', 'pad_token', 'unk_token'] as const;

/**
 * Reads `chat_template.jinja` or, without it, `chat_template` of `tokenizer_config.json`; of several the one that is called
 * `default`.
 * @throws `model_invalid` naming the file
 */
export function readChatTemplate(folder: string): ChatTemplate {
  const templatePath = join(folder, 'chat_template.jinja');
  const configPath = join(folder, 'tokenizer_config.json');
  const config = existsSync(configPath) ? readJsonFile(configPath) : {};
  const tokens = Object.fromEntries(
    TOKENS.map((name) => [name, tokenText(config[name])]).filter(([, text]) => text !== undefined),
  ) as Record<string, string>;
  const source = existsSync(templatePath)
    ? readFileSync(templatePath, 'utf8')
    : templateOf(config.chat_template, configPath);
  return { source, tokens };
}

function tokenText(token: unknown): string | undefined {
  const text = typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : token;
  return typeof text === 'string' ? text : undefined;
}

function templateOf(given: unknown, path: string): string | undefined {
  if (given === undefined || given === null) return undefined;
  const named = Array.isArray(given) ? (given as { name?: unknown; template?: unknown }[]) : [];
  const template = Array.isArray(given) ? named.find(({ name }) => name === 'default')?.template : given;
  if (typeof template !== 'string') throw modelInvalid(`${path}: chat_template is no text, and has no "default".`);
  return template;
}
