import { existsSync } from 'node:fs';
import { addKey, readKeys, revokeKey } from '@frontier/auth/key-files';
import { CommandError } from '../cli/command-error.js';
import type { Context } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { choiceOption, wholeOption } from '../cli/option-values.js';
import { tableLines } from '../terminal/table.js';
import { printable } from '../text/printable.js';

/** Options of `frontier keys`. */
export interface KeysOptions {
  keysFile?: string;
  models?: string;
  rpm?: string;
  tpm?: string;
  priority?: string;
  admin?: boolean;
}

const DEFAULT_FILE = 'keys.yaml';
const LIMITS = [1, Number.MAX_SAFE_INTEGER] as const;

/** `frontier keys add`: makes a key, which is alone on the standard output, and keeps its SHA-256. */
export async function addCommand(context: Context<KeysOptions>, name: string): Promise<void> {
  const { terminal, options } = context;
  const path = fileOf(context);
  const isNew = !existsSync(path);
  const models = options.models?.split(',').map((model) => model.trim());
  const key = await addKey(path, {
    name,
    models,
    rateLimit: wholeOption('--rpm', options.rpm, LIMITS),
    tokensPerMinute: wholeOption('--tpm', options.tpm, LIMITS),
    priority: choiceOption('--priority', options.priority, ['high', 'normal', 'low']),
    admin: options.admin,
  });
  if (terminal.isJson) return terminal.printJson({ name, key, file: path });
  terminal.note(`Key, shown once (${path} keeps its SHA-256, running servers read it by themselves):`);
  terminal.print(key);
  if (isNew) terminal.note(`Serve with it:  frontier serve --keys-file ${path}`);
}

/** `frontier keys list`: names, rights and limits; never the keys, which are kept nowhere. */
export async function listCommand(context: Context<KeysOptions>): Promise<void> {
  const { terminal } = context;
  const path = fileOf(context);
  if (!existsSync(path)) throw noFile(path);
  const keys = readKeys(path);
  if (terminal.isJson) {
    return terminal.printJson({
      keys: keys.map(({ name, models, rateLimit, tokensPerMinute, priority, admin }) => ({
        name,
        models: models ?? null,
        rpm: rateLimit ?? null,
        tpm: tokensPerMinute ?? null,
        priority: priority ?? null,
        admin,
      })),
      file: path,
    });
  }
  const rows = keys.map(({ name, models, rateLimit, admin }) => [
    name,
    models?.join(',') ?? 'all',
    rateLimit?.toString() ?? '–',
    admin ? 'yes' : 'no',
  ]);
  terminal.print(tableLines(['NAME', 'MODELS', 'RPM', 'ADMIN'], rows, { right: [2] }).join('\n'));
}

/** `frontier keys revoke`: servers refuse the key within two seconds. */
export async function revokeCommand(context: Context<KeysOptions>, name: string): Promise<void> {
  const path = fileOf(context);
  if (!existsSync(path)) throw noFile(path);
  await revokeKey(path, name);
  if (context.terminal.isJson) context.terminal.printJson({ revoked: name, file: path });
  else context.terminal.print(`Revoked ${printable(name)}. Running servers refuse it within two seconds.`);
}

function fileOf({ options, env }: Context<KeysOptions>): string {
  return options.keysFile ?? (env.API_KEYS_FILE || DEFAULT_FILE);
}

function noFile(path: string): CommandError {
  return new CommandError(`there is no key file ${path}.`, {
    code: 'key_file_not_found',
    exitCode: EXIT.notFound,
    hints: [
      ['Another one', 'frontier keys list --keys-file <file>'],
      ['The first key', 'frontier keys add <name>'],
    ],
  });
}
