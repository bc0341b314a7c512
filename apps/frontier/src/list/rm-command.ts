import {
  type CachedModel,
  cachedModel,
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
import { modelArgument, severalModels } from '../serve/model-argument.js';
import { isSourceOf } from './model-source.js';
import { confirm } from '../terminal/prompt.js';
import { oneLine } from '../text/printable.js';
import { sizeText } from '../text/numbers.js';

/** Options of `frontier rm`. */
export interface RmOptions {
  yes?: boolean;
}

/** States in which a server reads no file of a model. */
const UNUSED = new Set(['unloaded', 'failed']);

/** `frontier rm`: removes a model from the hub's cache, except contents that another model shares; never one that a server has loaded. */
export async function rmCommand(context: Context<RmOptions>, text: string): Promise<void> {
  const { terminal, options, env } = context;
  const { cache } = readHubSettings(env);
  const model = find(text, cache);
  const { reference, bytes } = model;
  const source = hubReferenceText(reference);
  await assertUnused(context, model, cache);
  if (!options.yes) {
    if (!terminal.canAsk) {
      throw new CommandError(`${source} is not removed without a question, and here is nobody to ask.`, {
        code: 'usage',
        exitCode: EXIT.usage,
        hints: [['Sure', `frontier rm ${source} --yes`]],
      });
    }
    const isSure = await confirm(terminal, `Remove ${oneLine(text)}, ${sizeText(bytes)}?`);
    if (!isSure) return terminal.note('Nothing was removed.');
  }
  const freed = removeCachedModel(cache, reference);
  if (terminal.isJson) terminal.printJson({ removed: source, freed });
  else terminal.print(`Freed ${sizeText(freed)}.`);
}

/** The model of a reference, with the revision as given, or of a name in `frontier list`. */
function find(text: string, cache: string): CachedModel {
  if (isHubReference(text)) {
    const reference = parseHubReference(text);
    const model = cachedModel(cache, reference);
    if (model) return { ...model, reference };
  }
  const models = cachedModels(cache);
  const names = models.map(({ reference }) => ({ source: hubReferenceText(reference), name: nameOf(reference) }));
  const found = models.filter((_, i) => names[i].name.toLowerCase() === text.toLowerCase());
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    throw severalModels(
      text,
      found.map(({ reference }) => `frontier rm ${hubReferenceText(reference)}`),
    );
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

async function assertUnused(context: Context<RmOptions>, wanted: CachedModel, cache: string): Promise<void> {
  const client = ServerClient.of(context);
  if (!(await client.isUp())) return;
  // Those that may not see where a model comes from see its name.
  const isIt = ({ name, source }: { name: string; source: string | null }): boolean =>
    source === null ? name === nameOf(wanted.reference) : isSourceOf(source, wanted, cache);
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
