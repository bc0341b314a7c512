import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cachedModels,
  hubReferenceText,
  isHubReference,
  parseHubReference,
  readHubSettings,
} from '@frontier/engine/hub';
import type { Precision } from '@frontier/engine';
import { CommandError, type Hint } from '../cli/command-error.js';
import type { Variables } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';

/** Name and place of a model that a command is given. */
export interface NamedModel {
  /** In requests. */
  name: string;
  /** Absolute, or `hf:org/name`. */
  path: string;
  /** The default for it, where that is not its files'. */
  precision?: Precision;
}

const MAX_HINTS = 3;
const PARTS = /-\d{5}-of-\d{5}$/;

/** Where the demonstration lies: in the published package, or in the repository. */
const BUNDLED_PLACES = ['../../models/storyteller', '../../../../models/storyteller'];

/**
 * The model at a place: a folder, a file, or a model of a hub, by whose name it is called.
 * @throws where there is no such file
 */
export function modelArgument(text: string): NamedModel {
  if (isHubReference(text)) {
    const reference = parseHubReference(text);
    const { repository, file } = reference;
    return { name: nameOf(file ?? repository), path: hubReferenceText(reference) };
  }
  const path = resolve(text);
  if (!existsSync(path)) throw noSuchModel(text);
  return { name: nameOf(path), path };
}

/**
 * The model at a place, or of a name in `frontier list`.
 * @throws where there is none, or several
 */
export function listedModel(text: string, env: Variables): NamedModel {
  if (isPlace(text)) return modelArgument(text);
  const isIt = ({ name }: NamedModel): boolean => name.toLowerCase() === text.toLowerCase();
  const bundled = bundledModel();
  if (isIt(bundled)) return bundled;
  const found = cachedNames(env).filter(isIt);
  if (found.length === 0) throw noSuchModel(text);
  if (found.length === 1) return found[0];
  throw severalModels(
    text,
    found.map(({ path }) => path),
  );
}

/** The models of several texts; of two with one name the second gets a number. */
export function modelArguments(texts: readonly string[], env: Variables): NamedModel[] {
  const names = new Set<string>();
  return texts.map((text) => {
    const model = listedModel(text, env);
    let name = model.name;
    for (let i = 2; names.has(name); i++) name = `${model.name}-${i}`;
    names.add(name);
    return { ...model, name };
  });
}

/** The model that comes with the package. */
export function bundledModel(): NamedModel {
  const places = BUNDLED_PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const path = places.find((place) => existsSync(place));
  if (path === undefined) throw new Error(`Bug: the bundled model is not in ${places.join(' or ')}.`);
  return { name: 'storyteller', path, precision: 'int8' };
}

/** True of paths and references, false of names in `frontier list`. */
export function isPlace(text: string): boolean {
  return isHubReference(text) || /[/\\]|\.(gguf|onnx)$/i.test(text) || existsSync(text);
}

/** The models of the hub's cache, with the names of `frontier list`. */
export function cachedNames(env: Variables): NamedModel[] {
  return cachedModels(readHubSettings(env).cache).map(({ reference }) => modelArgument(hubReferenceText(reference)));
}

function nameOf(path: string): string {
  const name = basename(path);
  const isFile =
    ['.gguf', '.onnx'].includes(extname(name).toLowerCase()) &&
    !statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return (isFile ? name.slice(0, -extname(name).length) : name).replace(PARTS, '');
}

/**
 * The error for a name that several models have.
 * @param actions one for each of them; the hints have three at most
 */
export function severalModels(text: string, actions: readonly string[]): CommandError {
  const all = ['All', 'frontier list'] as const;
  const hints: Hint[] = actions.map((action) => ['One of them', action]);
  return new CommandError(`"${text}" are several models.`, {
    code: 'usage',
    exitCode: EXIT.usage,
    hints: hints.length > MAX_HINTS ? [...hints.slice(0, MAX_HINTS - 1), all] : hints,
  });
}

function noSuchModel(text: string): CommandError {
  const looksLikeHub = /^[\w-]+\/[\w.-]+$/.test(text);
  return new CommandError(`there is no model in "${text}": no such file or folder.`, {
    code: 'model_not_found',
    exitCode: EXIT.notFound,
    hints: [...(looksLikeHub ? [['From the hub', `hf:${text}`] as const] : []), ['On this machine', 'frontier list']],
  });
}
