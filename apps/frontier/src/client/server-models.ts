import { CommandError } from '../cli/command-error.js';
import { EXIT } from '../cli/exit-codes.js';
import { eventsOf } from './event-stream.js';
import type { ServerClient } from './server-client.js';

/** A model of a running server. */
export interface ServerModel {
  name: string;
  aliases: string[];
  status: string;
  task: string | null;
  precision: string | null;
  /** Tokens. */
  context: number | null;
  /** Bytes; null without a key of an operator, as `source` is. */
  memory: number | null;
  source: string | null;
  reason: string | null;
}

interface ModelEntry {
  id: string;
  parent?: string | null;
  aliases?: string[];
  status?: string;
  task?: string | null;
  precision?: string | null;
  context?: number | null;
  max_model_len?: number | null;
  memory?: number | null;
  source?: string;
  error?: { message: string };
}

const ADMIN_TIMEOUT_MS = 2000;

/** The models that the key may use, each once; with the details for operators if the key is an operator's. */
export async function serverModels(client: ServerClient, ending?: AbortSignal): Promise<ServerModel[]> {
  const { data } = await client.json<{ data: ModelEntry[] }>('/v1/models', { signal: ending });
  const entries = data.filter(({ parent }) => parent === undefined || parent === null);
  const details = await adminEntries(client, entries.length, ending);
  return entries.map((entry) => toServerModel({ ...entry, ...details.get(entry.id) }));
}

/** The first events of the operators' stream: one for each model. */
async function adminEntries(
  client: ServerClient,
  count: number,
  ending: AbortSignal | undefined,
): Promise<Map<string, ModelEntry>> {
  const found = new Map<string, ModelEntry>();
  const enough = new AbortController();
  const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(ADMIN_TIMEOUT_MS), ...(ending ? [ending] : [])]);
  try {
    for await (const { event, data } of eventsOf(await client.send('/admin/models/events', { signal }))) {
      const entry = JSON.parse(data) as ModelEntry;
      if (event === 'model') found.set(entry.id, entry);
      if (found.size >= count) break;
    }
  } catch (error) {
    ending?.throwIfAborted();
    // Not a key of an operator, or a server without the route.
    const isRefused =
      error instanceof CommandError && ([EXIT.notAllowed, EXIT.notFound] as number[]).includes(error.exitCode);
    if (!isRefused && !signal.aborted) throw error;
  } finally {
    enough.abort();
  }
  return found;
}

function toServerModel(entry: ModelEntry): ServerModel {
  const context = entry.context ?? entry.max_model_len ?? null;
  return {
    name: entry.id,
    aliases: entry.aliases ?? [],
    status: entry.status ?? (context === null ? 'loading' : 'ready'),
    task: entry.task ?? null,
    precision: entry.precision ?? null,
    context,
    memory: entry.memory ?? null,
    source: entry.source ?? null,
    reason: entry.error?.message ?? null,
  };
}
