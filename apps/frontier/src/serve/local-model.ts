import { cachedModel, isHubReference, parseHubReference, readHubSettings } from '@frontier/engine/hub';
import { CommandError } from '../cli/command-error.js';
import type { Variables } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { bundledModel, listedModel, type NamedModel } from './model-argument.js';

/**
 * A model with the path of its files on this machine, for commands that read them.
 * @param text as `frontier serve` takes it; without one, the bundled model
 * @throws where the model is not on this machine
 */
export function localModel(text: string | undefined, env: Variables): NamedModel {
  const model = text === undefined ? bundledModel() : listedModel(text, env);
  const { path } = model;
  if (!isHubReference(path)) return model;
  const found = cachedModel(readHubSettings(env).cache, parseHubReference(path));
  if (found) return { ...model, path: found.path };
  throw new CommandError(`${path} is not on this machine.`, {
    code: 'model_not_found',
    exitCode: EXIT.notFound,
    hints: [['First', `frontier pull ${path}`]],
  });
}
