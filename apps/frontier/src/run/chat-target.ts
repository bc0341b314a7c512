import { setTimeout as sleep } from 'node:timers/promises';
import { nearestName } from '@frontier/errors';
import { CommandError } from '../cli/command-error.js';
import type { Context, Variables } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { ServerClient } from '../client/server-client.js';
import { type ServerModel, serverModels } from '../client/server-models.js';
import { bundledModel, cachedNames, isPlace, listedModel } from '../serve/model-argument.js';
import { LiveRegion } from '../terminal/live-region.js';
import type { Terminal } from '../terminal/terminal.js';
import { oneLine } from '../text/printable.js';
import { OwnServer } from './own-server.js';

/** Server and model of a chat. */
export interface ChatTarget {
  client: ServerClient;
  model: ServerModel;
  /** Ends the server, where the command has started it. */
  close(): Promise<void>;
}

const POLL_MS = 200;

/**
 * The server and model to chat with: of the server that runs, where it has the model; else of one that is started for it.
 * @param wanted a name, or an argument of `frontier serve`
 */
export async function chatTarget(
  context: Context,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<ChatTarget> {
  const { terminal, options, env } = context;
  const client = ServerClient.of(context);
  const isAsked = options.url !== undefined;
  if (isAsked) await client.connect(signal);
  const models = isAsked || (await client.isUp(signal)) ? await serverModels(client, signal) : undefined;
  if (models) {
    const model = wanted === undefined ? models.find(generates) : findModel(models, wanted);
    if (model) return { client, model: assertGenerates(model), close: async () => {} };
    if (isAsked || (wanted === undefined && models.length > 0)) throw unknownModel(wanted ?? '', models);
  }
  const source = sourceOf(wanted, env, models ?? []);
  const server = await OwnServer.start(source, env, signal);
  try {
    const model = assertGenerates(await whenReady(server.client, terminal, signal));
    signal.throwIfAborted();
    return { client: server.client, model, close: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The place of a model that no server has; undefined: the bundled one. */
function sourceOf(wanted: string | undefined, env: Variables, models: readonly ServerModel[]): string | undefined {
  const bundled = bundledModel();
  if (wanted === undefined) return undefined;
  try {
    const { path } = listedModel(wanted, env);
    return path === bundled.path ? undefined : path;
  } catch (error) {
    const isUnknown = error instanceof CommandError && error.code === 'model_not_found' && !isPlace(wanted);
    throw isUnknown ? unknownModel(wanted, [...models, bundled, ...cachedNames(env)]) : error;
  }
}

function findModel(models: readonly ServerModel[], wanted: string): ServerModel | undefined {
  return models.find(({ name, aliases, source }) => name === wanted || aliases.includes(wanted) || source === wanted);
}

function generates({ task }: ServerModel): boolean {
  return task === null || task === 'generate';
}

function assertGenerates(model: ServerModel): ServerModel {
  if (generates(model)) return model;
  throw new CommandError(`${model.name} does not generate: its task is ${model.task}.`, {
    code: 'task_unsupported',
    exitCode: EXIT.notSupported,
    hints: [['Others', 'frontier list']],
  });
}

function unknownModel(wanted: string, models: readonly { name: string }[]): CommandError {
  const nearest = nearestName(
    wanted,
    models.map(({ name }) => name),
  );
  return new CommandError(
    wanted === '' ? 'the server has no model that generates.' : `there is no model "${wanted}" here.`,
    {
      code: 'model_not_found',
      exitCode: EXIT.notFound,
      hints: [...(nearest === undefined ? [] : [['Did you mean', nearest] as const]), ['All', 'frontier list']],
    },
  );
}

/** Waits until the only model of a server is ready, and shows its state meanwhile. */
async function whenReady(client: ServerClient, terminal: Terminal, signal: AbortSignal): Promise<ServerModel> {
  const isDrawn = terminal.canRedraw(terminal.stderr) && !terminal.isQuiet;
  const region = isDrawn ? new LiveRegion(terminal, terminal.stderr) : undefined;
  try {
    for (;;) {
      signal.throwIfAborted();
      const [model] = await serverModels(client, signal);
      if (model.status === 'ready') return model;
      if (model.status === 'failed') {
        throw new CommandError(model.reason ?? `${model.name} cannot be loaded.`, {
          code: 'model_unavailable',
          exitCode: EXIT.notSupported,
          hints: [['Why', `frontier doctor ${model.source ?? model.name}`]],
        });
      }
      region?.draw([terminal.styled('dim', oneLine(`${model.name} is ${model.status} …`), terminal.stderr)]);
      await sleep(POLL_MS, undefined, { signal });
    }
  } finally {
    region?.end([]);
  }
}
