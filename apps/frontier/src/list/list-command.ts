import { relative } from 'node:path';
import { hubReferenceText, isHubReference, readHubSettings } from '@frontier/engine/hub';
import type { Context } from '../cli/context.js';
import { ServerClient } from '../client/server-client.js';
import { type ServerModel, serverModels } from '../client/server-models.js';
import { bundledModel } from '../serve/model-argument.js';
import { tableLines } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { countText, sizeText } from '../text/numbers.js';
import { bytesOf, type MachineModel, machineModels } from './machine-models.js';
import { cachedSource } from './model-source.js';

/** Options of `frontier list`. */
export interface ListOptions {
  running?: boolean;
}

const NONE = '–';
/** Columns. */
const STATUS = 1;
const COLORS: Readonly<Record<string, 'green' | 'red' | 'yellow' | undefined>> = {
  ready: 'green',
  failed: 'red',
  refused: 'red',
  loading: 'yellow',
};

/** `frontier list`: the models of the server that runs, and those of this machine that it does not serve. */
export async function listCommand(context: Context<ListOptions>): Promise<void> {
  const { terminal, options, env } = context;
  const client = ServerClient.of(context);
  // Without a server there is nothing wrong, unless one was asked for.
  const isWanted = options.running === true || options.url !== undefined;
  if (isWanted) await client.connect();
  const isUp = isWanted || (await client.isUp());
  const running = isUp ? (await serverModels(client)).map((model) => ofServer(model, env)) : [];
  const others = options.running ? [] : machineModels(env);
  const known = new Set(running.map(({ source }) => normalised(source, env)));
  const models = [...running, ...others.filter(({ source }) => !known.has(source))];
  const server = isUp ? client.url : null;
  if (terminal.isJson) {
    terminal.printJson({ models: models.map(toJson), server });
    return;
  }
  const head = ['NAME', 'STATUS', 'SIZE', 'MEMORY', 'PRECISION', 'CONTEXT', 'SOURCE'];
  terminal.print(
    tableLines(head, models.map(rowOf), {
      paint: (cell, column) => (column === STATUS ? colored(cell, terminal) : cell),
    }).join('\n'),
  );
  terminal.note(server === null ? 'No server runs here. Start one: frontier serve' : `The server is ${server}.`);
}

function ofServer(model: ServerModel, env: Context['env']): MachineModel {
  const { name, status, memory, precision, context, reason } = model;
  const source = model.source ?? NONE;
  const bundled = source === bundledModel().path;
  return {
    name,
    status,
    bytes: model.source === null ? null : bytesOf(placeOf(model.source, env)),
    memory,
    isEstimate: false,
    precision,
    context,
    source: bundled ? 'bundled' : source,
    ...(reason !== null && { reason }),
  };
}

/** Where the files of a server's model are, if it is on this machine. */
function placeOf(source: string, env: Context['env']): string {
  if (!isHubReference(source)) return source;
  return cachedSource(source, readHubSettings(env).cache)?.path ?? '';
}

/** A source as the cache has it: a revision may have several names. */
function normalised(source: string, env: Context['env']): string {
  if (!isHubReference(source)) return source;
  const cached = cachedSource(source, readHubSettings(env).cache);
  return cached === undefined ? source : hubReferenceText(cached.reference);
}

function colored(status: string, terminal: Terminal): string {
  const color = COLORS[status];
  return color === undefined ? status : terminal.styled(color, status);
}

function rowOf(model: MachineModel): string[] {
  const { name, status, bytes, memory, isEstimate, precision, context, source } = model;
  const place = source.startsWith('/') ? relative('.', source) || '.' : source;
  const hint = status === 'refused' || status === 'failed' ? `   (frontier doctor ${place})` : '';
  return [
    name,
    status,
    bytes === null ? NONE : sizeText(bytes),
    memory === null ? NONE : `${isEstimate ? '~' : ''}${sizeText(memory)}`,
    precision ?? NONE,
    context === null ? NONE : countText(context),
    place + hint,
  ];
}

/** In the order that is promised. */
function toJson({ name, status, bytes, memory, precision, context, source, reason }: MachineModel): object {
  return { name, status, bytes, memory, precision, context, source, ...(reason !== undefined && { reason }) };
}
