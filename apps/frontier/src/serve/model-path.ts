import { cachedModels, hubReferenceText, isHubReference, readHubSettings } from '@frontier/engine/hub';
import { CommandError } from '../cli/command-error.js';
import { EXIT } from '../cli/exit-codes.js';
import { bundledModel, modelArgument } from './model-argument.js';

/**
 * Where the files of a model are, which a command looks at itself: a path, or what the hub's cache holds.
 * @param text as `frontier serve` takes it, or the name of a downloaded model; without one, the bundled model
 * @throws where it is not on this machine
 */
export function modelPath(text: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (text === undefined || text === bundledModel().name) return bundledModel().path;
  const cached = cachedModels(readHubSettings(env).cache).map(({ reference, path }) => ({
    source: hubReferenceText(reference),
    path,
  }));
  const isPath = /[/\\.]/.test(text) && !isHubReference(text);
  const byName = isPath
    ? undefined
    : cached.find(({ source }) => modelArgument(source).name.toLowerCase() === text.toLowerCase());
  if (byName) return byName.path;
  const { path } = modelArgument(text);
  if (!isHubReference(path)) return path;
  const found = cached.find(({ source }) => source === path);
  if (found) return found.path;
  throw new CommandError(`${path} is not on this machine.`, {
    code: 'model_not_found',
    exitCode: EXIT.notFound,
    hints: [['First', `frontier pull ${path}`]],
  });
}
