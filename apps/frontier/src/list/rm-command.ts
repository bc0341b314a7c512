import {
  type CachedModel,
  cachedModels,
  type HubReference,
  hubReferenceText,
  isHubReference,
  parseHubReference,
  readHubSettings,
  removeCachedModel,
} from '@frontier/engine/hub';
import { nearestName } from '@frontier/errors';
import { CommandError } from '../cli/command-error.js';
import type { Context } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { ServerClient } from '../client/server-client.js';
import { serverModels } from '../client/server-models.js';
import { modelArgument } from '../serve/model-argument.js';
import { confirm } from '../terminal/prompt.js';
import { printable } from '../terminal/terminal.js';
import { sizeText } from '../text/numbers.js';

/** Options of `frontier rm`. */
export interface RmOptions {
  yes?: boolean;
}

/** States in which a server reads no file of a model. */
const UNUSED = new Set(['unloaded', 'failed']);

/** `frontier rm`: removes a model from the hub's cache, but not what another one shares, and none that a server has loaded. */
export async function rmCommand(context: Context<RmOptions>, text: string): Promise<void> {
  const { terminal, options, env } = context;
  const { cache } = readHubSettings(env);
  const { reference, bytes } = find(text, cachedModels(cache));
  const source = hubReferenceText(reference);
  await assertUnused(context, reference);
  if (!options.yes) {
    if (!terminal.canAsk) {
      throw new CommandError(`${source} is not removed without a question, and here is nobody to ask.`, {
        code: 'usage',
        exitCode: EXIT.usage,
        hints: [['Sure', `frontier rm ${source} --yes`]],
      });
    }
    const isSure = await confirm(terminal, `Remove ${printable(text)}, ${sizeText(bytes)}?`);
    if (!isSure) return terminal.note('Nothing was removed.');
  }
  const freed = removeCachedModel(cache, reference);
  if (terminal.isJson) terminal.printJson({ removed: source, freed });
  else terminal.print(`Freed ${sizeText(freed)}.`);
}

function find(text: string, models: readonly CachedModel[]): CachedModel {
  const wanted = isHubReference(text) ? hubReferenceText(parseHubReference(text)) : undefined;
  const names = models.map(({ reference }) => ({ source: hubReferenceText(reference), name: nameOf(reference) }));
  const found = names.flatMap(({ source, name }, i) =>
    source === wanted || name.toLowerCase() === text.toLowerCase() ? [models[i]] : [],
  );
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    throw new CommandError(`"${text}" are several models.`, {
      code: 'usage',
      exitCode: EXIT.usage,
      hints: found.map(({ reference }) => ['One of them', `frontier rm ${hubReferenceText(reference)}`] as const),
    });
  }
  const nearest = nearestName(
    text,
    names.flatMap(({ source, name }) => [source, name]),
  );
  throw new CommandError(`there is no downloaded model "${text}".`, {
    code: 'model_not_found',
    exitCode: EXIT.notFound,
    hints: [...(nearest === undefined ? [] : [['Did you mean', nearest] as const]), ['All', 'frontier list']],
  });
}

function nameOf(reference: HubReference): string {
  return modelArgument(hubReferenceText(reference)).name;
}

async function assertUnused(context: Context<RmOptions>, reference: HubReference): Promise<void> {
  const client = ServerClient.of(context);
  if (!(await client.isUp())) return;
  const source = hubReferenceText(reference);
  // Those that may not see where a model comes from see its name.
  const isIt = (model: { name: string; source: string | null }): boolean =>
    model.source === null ? model.name === nameOf(reference) : model.source === source;
  const used = (await serverModels(client)).find((model) => isIt(model) && !UNUSED.has(model.status));
  if (!used) return;
  throw new CommandError(`${used.name} is in use by the server at ${client.url}; unload it first.`, {
    code: 'in_use',
    exitCode: EXIT.noRoom,
    hints: [
      [
        'Unload',
        `curl -X POST -H "authorization: Bearer $FRONTIER_KEY" ${client.url}/admin/models/${encodeURIComponent(used.name)}/unload`,
      ],
    ],
  });
}
