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
import { CommandError } from '../cli/command-error.js';
import { EXIT } from '../cli/exit-codes.js';

type Variables = Readonly<Record<string, string | undefined>>;

/** Name and place of a model that a command is given. */
export interface NamedModel {
  /** In requests. */
  name: string;
  /** Absolute, or `hf:org/name`. */
  path: string;
}

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
  const isPlace = isHubReference(text) || /[/\\]|\.(gguf|onnx)$/i.test(text) || existsSync(text);
  if (isPlace) return modelArgument(text);
  const isIt = ({ name }: NamedModel): boolean => name.toLowerCase() === text.toLowerCase();
  const bundled = bundledModel();
  if (isIt(bundled)) return bundled;
  const found = cachedModels(readHubSettings(env).cache)
    .map(({ reference }) => modelArgument(hubReferenceText(reference)))
    .filter(isIt);
  if (found.length === 0) throw noSuchModel(text);
  if (found.length === 1) return found[0];
  throw new CommandError(`"${text}" are several models.`, {
    code: 'usage',
    exitCode: EXIT.usage,
    hints: found.map(({ path }) => ['One of them', path] as const),
  });
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
  return { name: 'storyteller', path };
}

function nameOf(path: string): string {
  const name = basename(path);
  const isFile =
    ['.gguf', '.onnx'].includes(extname(name).toLowerCase()) &&
    !statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return (isFile ? name.slice(0, -extname(name).length) : name).replace(PARTS, '');
}

function noSuchModel(text: string): CommandError {
  const looksLikeHub = /^[\w-]+\/[\w.-]+$/.test(text);
  return new CommandError(`there is no model in "${text}": no such file or folder.`, {
    code: 'model_not_found',
    exitCode: EXIT.notFound,
    hints: [...(looksLikeHub ? [['From the hub', `hf:${text}`] as const] : []), ['On this machine', 'frontier list']],
  });
}
