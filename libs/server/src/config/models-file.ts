import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { hubReferenceText, isHubReference, parseHubReference } from '@frontier/engine/hub';
import { joinProblems, messageOf } from '@frontier/errors';
import { parse } from 'yaml';
import type { z } from 'zod';
import { configInvalid } from './config.errors.js';
import { MODEL_KEY_DOCS, MODEL_KEYS, type ModelEntry, MODELS_FILE } from './models-schema.js';

/** The models that the server offers, and the default one. */
export interface ModelsFile {
  defaultModel: string;
  models: ModelEntry[];
}

/**
 * Reads the YAML file that lists the models. Paths in it are relative to the file.
 * @throws `config_invalid` naming the file, each wrong entry and key, and the expected value
 */
export function readModelsFile(path: string): ModelsFile {
  return checkedModels(readYaml(path), path);
}

/**
 * The models of a file's content, wherever it comes from.
 * @param path for messages; paths in the content are relative to its folder
 * @throws as {@link readModelsFile}
 */
export function checkedModels(content: unknown, path: string): ModelsFile {
  const { data, error } = MODELS_FILE.safeParse(content);
  if (error) throw invalid(path, problemsOf(error, content));
  const folder = dirname(path);
  const models = data.models.map((model) => ({
    ...model,
    path: placeOf(model.path, path),
    plugin: model.plugin?.startsWith('.') ? resolve(folder, model.plugin) : model.plugin,
  }));
  const kept = data.models.flatMap((_, i) => keptWithTime(content, i));
  const names = models.flatMap((model) => [model.name, ...model.aliases]);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const problems = [...kept, ...[...repeated].map((name) => `the name "${name}" is used twice.`)];
  const defaultModel = data.default ?? models[0].name;
  if (!names.includes(defaultModel)) problems.push(`"default" names "${defaultModel}", which is not in "models".`);
  if (problems.length > 0) throw invalid(path, problems);
  return { defaultModel, models };
}

/** The problem of a model that stays and is said to leave; none of others. */
function keptWithTime(content: unknown, index: number): string[] {
  const { residency = 'keep', keep_alive } = (content as { models: Record<string, unknown>[] }).models[index];
  if (keep_alive === undefined || residency === 'on_demand') return [];
  return [`models[${index}]: "keep_alive" is for models that have "residency: on_demand".`];
}

/** The absolute path of a model, or its name on a hub. */
function placeOf(place: string, file: string): string {
  if (!isHubReference(place)) return resolve(dirname(file), place);
  try {
    return hubReferenceText(parseHubReference(place));
  } catch (error) {
    throw invalid(file, [messageOf(error)]);
  }
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw configInvalid(`TRUTHGPT_CONFIG: the file ${resolve(path)} does not exist.`, error);
    }
    throw configInvalid(`${path} is not valid YAML: ${messageOf(error)}`, error);
  }
}

function invalid(path: string, problems: string[]): Error {
  return configInvalid(joinProblems(problems.map((problem) => `${path}: ${problem}`)));
}

function problemsOf({ issues }: z.ZodError, content: unknown): string[] {
  return issues.map((issue) => {
    const [field, index, key] = issue.path as [string?, number?, (keyof typeof MODEL_KEYS)?];
    const place = index === undefined ? '' : `models[${index}]: `;
    if (issue.code === 'unrecognized_keys') {
      const known = index === undefined ? Object.keys(MODELS_FILE.shape) : Object.keys(MODEL_KEYS);
      return issue.keys.map((name) => `${place}unknown key "${name}"; known are ${known.join(', ')}.`).join(' ');
    }
    if (key !== undefined) {
      const { models } = content as { models: Record<string, unknown>[] };
      const expected = MODEL_KEY_DOCS.get(MODEL_KEYS[key])!.expected.replaceAll('`', '');
      return `${place}"${key}" must be ${expected}, not ${JSON.stringify(models[index!][key])}.`;
    }
    if (field === 'default') return '"default" must be the name of a model.';
    return field === 'models' && index === undefined
      ? '"models" must list at least one model.'
      : `${place}must be a mapping.`;
  });
}
