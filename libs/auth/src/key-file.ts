import { nearestName } from '@frontier/errors';
import { parse, YAMLParseError } from 'yaml';
import type { ApiKey } from './api-key.js';
import { keyFileInvalid } from './auth.errors.js';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const PRIORITIES = new Set<unknown>(['high', 'normal', 'low']);

const FIELDS: Record<string, { check: Check; expected: string; required?: boolean }> = {
  name: { check: isText, expected: 'a text', required: true },
  sha256: {
    check: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value),
    expected: 'the SHA-256 of the token, 64 hexadecimal digits',
    required: true,
  },
  admin: { check: (value) => typeof value === 'boolean', expected: 'true or false' },
  models: { check: (value) => Array.isArray(value) && value.every(isText), expected: 'a list of model names' },
  priority: { check: (value) => PRIORITIES.has(value), expected: 'high, normal or low' },
  rate_limit: { check: isCount, expected: 'a positive whole number' },
  tokens_per_minute: { check: isCount, expected: 'a positive whole number' },
  max_concurrent: { check: isCount, expected: 'a positive whole number' },
};

/**
 * Parses a YAML file of API keys: `keys`, a list of mappings with `name`, `sha256` and, optionally, `admin`, `models`,
 * `priority`, `rate_limit`, `tokens_per_minute`, `max_concurrent`. An empty list is a file without keys.
 * @param path for messages
 * @returns each key with the digest of its token
 * @throws `key_file_invalid` naming the file, the entry and what is wrong; it is logged, and quotes nothing that may be a secret
 */
export function parseKeyFile(text: string, path: string): [digest: string, key: ApiKey][] {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    // Without its message, which quotes the line, and as its cause that would be logged as well.
    throw keyFileInvalid(`${path} is not valid YAML: ${yamlFault(error)}.`);
  }
  const { keys, ...rest } = (isMapping(content) ? content : {}) as Record<string, unknown>;
  refuseUnknown(rest, ['keys'], path);
  if (!Array.isArray(keys)) throw keyFileInvalid(`${path}: "keys" must be a list.`);
  const entries = keys.map((entry, index) => readKey(entry, `${path}: keys[${index}]`));
  assertUnique(
    entries.map(([digest]) => digest),
    ([one, other]) => `${path}: keys[${one}] and keys[${other}] have the same sha256.`,
  );
  assertUnique(
    entries.map(([, { name }]) => name),
    ([one, other]) => `${path}: keys[${one}] and keys[${other}] have the same name.`,
  );
  return entries;
}

function readKey(entry: unknown, place: string): [string, ApiKey] {
  if (!isMapping(entry)) throw keyFileInvalid(`${place}: must be a mapping.`);
  refuseUnknown(entry, Object.keys(FIELDS), place);
  for (const [key, { check, expected, required }] of Object.entries(FIELDS)) {
    if ((entry[key] !== undefined || required) && !check(entry[key])) {
      throw keyFileInvalid(`${place}: "${key}" must be ${expected}.`);
    }
  }
  const key: ApiKey = {
    name: entry.name as string,
    admin: (entry.admin as boolean | undefined) ?? false,
    models: entry.models as string[] | undefined,
    priority: entry.priority as ApiKey['priority'],
    rateLimit: entry.rate_limit as number | undefined,
    tokensPerMinute: entry.tokens_per_minute as number | undefined,
    maxConcurrent: entry.max_concurrent as number | undefined,
  };
  return [(entry.sha256 as string).toLowerCase(), key];
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key that nobody knows may be a token in the wrong place: the message has only its likeness to a known one. */
function refuseUnknown(mapping: Record<string, unknown>, known: readonly string[], place: string): void {
  const unknown = Object.keys(mapping).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const hint = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
  throw keyFileInvalid(`${place}: has an unknown key${hint}; known are ${known.join(', ')}.`);
}

function assertUnique(values: string[], message: (indexes: [number, number]) => string): void {
  const again = values.findIndex((value, index) => values.indexOf(value) !== index);
  if (again !== -1) throw keyFileInvalid(message([values.indexOf(values[again]), again]));
}

function yamlFault(error: unknown): string {
  if (!(error instanceof YAMLParseError)) return 'it cannot be parsed';
  const [place] = error.linePos ?? [];
  return error.code + (place ? ` at line ${place.line}, column ${place.col}` : '');
}
