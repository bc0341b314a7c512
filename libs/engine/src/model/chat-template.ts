import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelInvalid } from '../errors/engine.errors.js';
import { optionalJson, readNamedTokens } from './named-tokens.js';
import { ReadableFile } from './readable-file.js';

/** The chat template of a model. */
export interface ChatTemplate {
  /** In Jinja (https://huggingface.co/docs/transformers/chat_templating); without one, the model was not made for chats. */
  source?: string;
  /** The texts of special tokens by role, as templates name them: `bos_token`, `eos_token` and so on. */
  tokens: Readonly<Record<string, string>>;
}

/**
 * Reads `chat_template.jinja` or, without it, `chat_template` of `tokenizer_config.json` or `chat_template.json`; of several
 * the one that is called `default`.
 * @throws `model_invalid` naming the file
 */
export function readChatTemplate(folder: string): ChatTemplate {
  const templatePath = join(folder, 'chat_template.jinja');
  const { byRole: tokens } = readNamedTokens(folder);
  if (existsSync(templatePath)) return { source: ReadableFile.readWhole(templatePath).toString('utf8'), tokens };
  const paths = ['tokenizer_config.json', 'chat_template.json'].map((name) => join(folder, name));
  const sources = paths.map((path) => templateOf(optionalJson(path).chat_template, path));
  return { source: sources.find((source) => source !== undefined), tokens };
}

function templateOf(given: unknown, path: string): string | undefined {
  if (given === undefined || given === null) return undefined;
  const named = Array.isArray(given) ? (given as { name?: unknown; template?: unknown }[]) : [];
  const template = Array.isArray(given) ? named.find(({ name }) => name === 'default')?.template : given;
  if (typeof template !== 'string') throw modelInvalid(`${path}: chat_template is no text, and has no "default".`);
  return template;
}
