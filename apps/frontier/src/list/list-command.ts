import { relative } from 'node:path';
import { hubReferenceText, readHubSettings } from '@frontier/engine/hub';
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
const CONTEXT = 5;
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
  const { cache } = readHubSettings(env);
  const served = isUp ? (await serverModels(client)).map((model) => ofServer(model, cache)) : [];
  const others = options.running ? [] : machineModels(env);
  const known = new Set(served.map(({ listedSource }) => listedSource));
  const models = [...served, ...others.filter(({ source }) => !known.has(source))];
  const server = isUp ? client.url : null;
  if (terminal.isJson) {
    terminal.printJson({ models: models.map(toJson), server });
    return;
  }
  const head = ['NAME', 'STATUS', 'SIZE', 'MEMORY', 'PRECISION', 'CONTEXT', 'SOURCE'];
  terminal.print(
    tableLines(head, models.map(rowOf), {
      right: [CONTEXT],
      paint: (cell, column) => (column === STATUS ? colored(cell, terminal) : cell),
    }).join('\n'),
  );
  terminal.note(server === null ? 'No server runs here. Start one: frontier serve' : `The server is ${server}.`);
}

interface ServedModel extends MachineModel {
  /** Its source as the list of this machine has it: a revision may have several names. */
  listedSource: string;
}

function ofServer(model: ServerModel, cache: string): ServedModel {
  const { name, status, memory, precision, context, reason, source } = model;
  const shown = source === bundledModel().path ? 'bundled' : (source ?? NONE);
  const cached = source === null ? undefined : cachedSource(source, cache);
  return {
    name,
    status,
    bytes: source === null ? null : bytesOf(cached?.path ?? source),
    memory,
    isEstimate: false,
    precision,
    context,
    source: shown,
    listedSource: cached === undefined ? shown : hubReferenceText(cached.reference),
    ...(reason !== null && { reason }),
  };
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
