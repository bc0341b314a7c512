import { joinProblems, nearestName } from '@frontier/errors';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { keyFileInvalid } from './auth.errors.js';
import type { Principal } from './principal.js';

/** The value that a field expects, in words; messages quote no value, which may be a secret in the wrong place. */
const EXPECTED = z.registry<{ expected: string }>();

const nonEmpty = () => z.string().min(1);
const limit = () => z.int().positive().optional().register(EXPECTED, { expected: 'a positive whole number' });

const FIELDS = {
  name: nonEmpty().register(EXPECTED, { expected: 'a text' }),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i)
    .register(EXPECTED, { expected: 'the SHA-256 of the token, 64 hexadecimal digits' }),
  admin: z.boolean().optional().register(EXPECTED, { expected: 'true or false' }),
  models: z.array(nonEmpty()).optional().register(EXPECTED, { expected: 'a list of model names' }),
  priority: z.enum(['high', 'normal', 'low']).optional().register(EXPECTED, { expected: 'high, normal or low' }),
  rate_limit: limit(),
  tokens_per_minute: limit(),
  max_concurrent: limit(),
};

const ENTRY = z.strictObject(FIELDS).transform((entry): [digest: string, principal: Principal] => [
  entry.sha256.toLowerCase(),
  {
    name: entry.name,
    admin: entry.admin ?? false,
    models: entry.models,
    priority: entry.priority,
    rateLimit: entry.rate_limit,
    tokensPerMinute: entry.tokens_per_minute,
    maxConcurrent: entry.max_concurrent,
  },
]);

const KEY_FILE = z.strictObject({ keys: z.array(ENTRY) });

/**
 * Parses a YAML file of API keys: `keys`, a list of mappings with `name`, `sha256` and, optionally, `admin`, `models`,
 * `priority`, `rate_limit`, `tokens_per_minute`, `max_concurrent`. An empty list is a file without keys.
 * @param path for messages
 * @returns each principal with the digest of its token
 * @throws `key_file_invalid` naming the file, each wrong entry and the reason; it is logged, and quotes nothing that may be a secret
 */
export function parseKeyFile(text: string, path: string): [digest: string, principal: Principal][] {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    // Without its message, which quotes the line, and as its cause that would be logged as well.
    throw keyFileInvalid(`${path} is not valid YAML: ${yamlFault(error)}.`);
  }
  const { data, error } = KEY_FILE.safeParse(content);
  const problems = error ? error.issues.map(problemOf) : repetitions(data.keys);
  if (problems.length > 0) throw keyFileInvalid(joinProblems(problems.map((problem) => `${path}: ${problem}`)));
  return data!.keys;
}

function problemOf(issue: z.core.$ZodIssue): string {
  const [, index, field] = issue.path;
  const isEntry = index !== undefined;
  const place = isEntry ? `keys[${String(index)}]: ` : '';
  if (issue.code === 'unrecognized_keys')
    return place + unknownKey(issue.keys, isEntry ? Object.keys(FIELDS) : ['keys']);
  if (!isEntry) return '"keys" must be a list.';
  if (field === undefined) return `${place}must be a mapping.`;
  return `${place}"${String(field)}" must be ${EXPECTED.get(FIELDS[field as keyof typeof FIELDS])!.expected}.`;
}

/** A key that nobody knows may be a token in the wrong place: the message has only its likeness to a known one. */
function unknownKey([unknown]: string[], known: string[]): string {
  const nearest = nearestName(unknown, known);
  const hint = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
  return `has an unknown key${hint}; known are ${known.join(', ')}.`;
}

function repetitions(keys: [digest: string, principal: Principal][]): string[] {
  const digests = keys.map(([digest]) => digest);
  const names = keys.map(([, { name }]) => name);
  return [...repetition('sha256', digests), ...repetition('name', names)];
}

function repetition(field: string, values: string[]): string[] {
  const again = values.findIndex((value, index) => values.indexOf(value) !== index);
  return again === -1 ? [] : [`keys[${values.indexOf(values[again])}] and keys[${again}] have the same ${field}.`];
}

function yamlFault(error: unknown): string {
  if (!(error instanceof YAMLParseError)) return 'it cannot be parsed';
  const [place] = error.linePos ?? [];
  return error.code + (place ? ` at line ${place.line}, column ${place.col}` : '');
}
