import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Precision, type ProviderName, type ProviderOptions, PROVIDERS } from '@frontier/engine';
import { messageOf } from '@frontier/errors';
import { parse } from 'yaml';
import { configInvalid } from './config.errors.js';

/** One entry of the models file. */
export interface ModelEntry {
  name: string;
  /** Absolute. */
  path: string;
  aliases: string[];
  /** Sequences that share a pass at most; default: `BATCH_MAX_SIZE`. */
  maxBatchSize?: number;
  precision?: Precision;
  prefillPrecision?: Precision;
  /** In tokens; default: what the model was made for. */
  contextLength?: number;
  /** Threads of one pass; default: those that the process may use. */
  threads?: number;
  revision?: string;
  provider?: ProviderOptions;
  fallback?: 'cpu';
}

/** The models that the server offers, and the one that answers requests which name none. */
export interface ModelsFile {
  defaultModel: string;
  models: ModelEntry[];
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isCount: Check = (value) => Number.isInteger(value) && (value as number) > 0;

const PRECISIONS = new Set<unknown>(['fp32', 'int8', 'int4'] satisfies Precision[]);

interface ModelKey {
  check: Check;
  /** What the value must be, in words. */
  expected: string;
  description: string;
  required?: boolean;
}

/** The keys of a model. docs/configuration.md is generated from this table. */
export const MODEL_KEYS: Record<string, ModelKey> = {
  name: { check: isText, expected: 'a text', required: true, description: 'What callers name the model by.' },
  path: {
    check: isText,
    expected: 'a text',
    required: true,
    description:
      'A folder in the Hugging Face layout: `config.json`, `*.safetensors`, `tokenizer.json`. Relative to the file.',
  },
  aliases: {
    check: (value) => Array.isArray(value) && value.every(isText),
    expected: 'a list of texts',
    description: 'Further names.',
  },
  task: {
    check: (value) => value === 'generate',
    expected: '`generate`',
    description: 'What the model does.',
  },
  precision: {
    check: (value) => PRECISIONS.has(value),
    expected: '`fp32`, `int8` or `int4`',
    description:
      'How its weights are computed with; quantised at load. Default: `fp32`. int8 and int4 are smaller and faster.',
  },
  prefill_precision: {
    check: (value) => PRECISIONS.has(value),
    expected: '`fp32`, `int8` or `int4`',
    description:
      'What prompts are computed with; default: `int8` for `int4`, else as `precision`. Another one takes memory of its own: with `int8` beside `int4`, prompts are read three times as fast, for a byte more for each weight.',
  },
  max_batch_size: {
    check: (value) => isCount(value) && (value as number) <= 1024,
    expected: 'a whole number, 1 to 1024',
    description: 'Sequences that share a pass at most; default: `BATCH_MAX_SIZE`.',
  },
  context_length: {
    check: isCount,
    expected: 'a positive whole number',
    description: 'Tokens that prompt and answer may have together; default, and at most: what the model was made for.',
  },
  threads: {
    check: isCount,
    expected: 'a positive whole number',
    description: 'Threads of one pass; default: all cores, or as many as the CPU limit of a container allows.',
  },
  revision: {
    check: isText,
    expected: 'a text',
    description: 'Tells answers of this version from those of others: a part of the keys of cached answers.',
  },
  provider: {
    check: isProvider,
    expected: '`cpu`, `cuda` or `webgpu`, or a mapping with such a `name` and options of ONNX Runtime',
    description:
      'Where passes run; default: `cpu`. The others take `fp32` and `int4`. One that the machine does not have stops the model.',
  },
  fallback: {
    check: (value) => value === 'cpu',
    expected: '`cpu`',
    description: 'Runs on the CPU where the provider is not available; `/readyz` tells.',
  },
};

/**
 * Reads the YAML file that lists the models. Paths in it are relative to the file.
 * @throws `config_invalid` naming the file, the entry and the key
 */
export function readModelsFile(path: string): ModelsFile {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw configInvalid(`TRUTHGPT_CONFIG: the file ${resolve(path)} does not exist.`, error);
    }
    throw configInvalid(`${path} is not valid YAML: ${messageOf(error)}`, error);
  }
  const file = asObject(content, path);
  refuseUnknownKeys(file, ['default', 'models'], path);
  if (!Array.isArray(file.models) || file.models.length === 0) {
    throw configInvalid(`${path}: "models" must list at least one model.`);
  }
  const models = file.models.map((entry, index) => readModel(entry, `${path}: models[${index}]`, dirname(path)));
  assertUnique(models, path);
  return { defaultModel: readDefault(file.default, models, path), models };
}

function readModel(value: unknown, place: string, folder: string): ModelEntry {
  const entry = asObject(value, place);
  refuseUnknownKeys(entry, Object.keys(MODEL_KEYS), place);
  for (const [key, { check, expected, required }] of Object.entries(MODEL_KEYS)) {
    const given = entry[key] !== undefined;
    if ((given || required) && !check(entry[key])) {
      throw configInvalid(
        `${place}: "${key}" must be ${expected.replaceAll('`', '')}, not ${JSON.stringify(entry[key])}.`,
      );
    }
  }
  return {
    name: entry.name as string,
    path: resolve(folder, entry.path as string),
    aliases: (entry.aliases as string[] | undefined) ?? [],
    precision: entry.precision as Precision | undefined,
    prefillPrecision: entry.prefill_precision as Precision | undefined,
    maxBatchSize: entry.max_batch_size as number | undefined,
    contextLength: entry.context_length as number | undefined,
    threads: entry.threads as number | undefined,
    revision: entry.revision as string | undefined,
    provider: toProvider(entry.provider),
    fallback: entry.fallback as 'cpu' | undefined,
  };
}

function isProvider(value: unknown): boolean {
  const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : value;
  return PROVIDERS.includes(name as ProviderName);
}

function toProvider(value: unknown): ProviderOptions | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? { name: value as ProviderName } : (value as ProviderOptions);
}

function readDefault(value: unknown, models: ModelEntry[], path: string): string {
  const name = value ?? models[0].name;
  if (models.some((model) => model.name === name || model.aliases.includes(name as string))) return name as string;
  throw configInvalid(`${path}: "default" names ${JSON.stringify(name)}, which is not in "models".`);
}

function assertUnique(models: ModelEntry[], path: string): void {
  const names = new Set<string>();
  for (const name of models.flatMap((model) => [model.name, ...model.aliases])) {
    if (names.has(name)) throw configInvalid(`${path}: the name "${name}" is used twice.`);
    names.add(name);
  }
}

function asObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw configInvalid(`${place}: must be a mapping.`);
  }
  return value as Record<string, unknown>;
}

function refuseUnknownKeys(value: Record<string, unknown>, known: string[], place: string): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw configInvalid(`${place}: unknown key "${unknown}"; known are ${known.join(', ')}.`);
  }
}
