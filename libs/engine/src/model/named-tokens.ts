import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonFile } from './json-file.js';

/** The special tokens that a model folder names by their role. */
interface NamedTokens {
  /** Texts by role: `bos_token`, `eos_token`, `pad_token` and whatever else ends with `_token`. */
  byRole: Readonly<Record<string, string>>;
  /** Texts of special tokens without a role. */
  others: readonly string[];
}

/**
 * Reads the roles of special tokens from `tokenizer_config.json` and, where that lists no `added_tokens_decoder`, from
 * `special_tokens_map.json`, which then wins: the order of transformers' `PreTrainedTokenizerBase.from_pretrained`
 * (https://github.com/huggingface/transformers/blob/main/src/transformers/tokenization_utils_base.py).
 * @throws `model_invalid` naming a file that is not JSON
 */
export function readNamedTokens(folder: string): NamedTokens {
  const config = optionalJson(join(folder, 'tokenizer_config.json'));
  const isLegacy = config.added_tokens_decoder === undefined;
  const map = isLegacy ? optionalJson(join(folder, 'special_tokens_map.json')) : {};
  const merged = { ...config, ...map };
  const roles = Object.entries(merged)
    .filter(([role]) => role.endsWith('_token') && !/^(add|use|legacy)_/.test(role))
    .map(([role, token]) => [role, tokenText(token)] as const)
    .filter((entry): entry is [string, string] => entry[1] !== undefined);
  const { additional_special_tokens: additional, extra_special_tokens: extra } = merged;
  const others = [additional, extra].flatMap((list) =>
    Array.isArray(list) ? list.map(tokenText) : Object.values((list ?? {}) as object).map(tokenText),
  );
  return { byRole: Object.fromEntries(roles), others: others.filter((text) => text !== undefined) };
}

/** The JSON object of a file that need not exist. */
export function optionalJson(path: string): Record<string, unknown> {
  return existsSync(path) ? readJsonFile(path) : {};
}

function tokenText(token: unknown): string | undefined {
  const text = typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : token;
  return typeof text === 'string' && text !== '' ? text : undefined;
}
