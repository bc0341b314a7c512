import type { Principal } from '@frontier/auth';
import type { Notice } from '../protocol/events.schema.js';
import type { LiveModel } from '../protocol/model.schema.js';

/** The reader of a stream, and what it may see. */
export interface Reader {
  principal: Principal;
  /** `all`: the requests and jobs of everybody. */
  scope: 'all' | 'own';
  /** Names of the models whose numbers it gets, of those that are there now. */
  readonly models: ReadonlySet<string>;
}

/** Whether a reader may see a request of a caller, by the name of the caller's key. */
export function seesRequestsOf({ scope, principal }: Reader, client: string | undefined): boolean {
  return scope === 'all' || client === principal.name;
}

/** Whether a reader may see a job of an owner, by the owner's id. */
export function seesJobsOf({ scope, principal }: Reader, owner: string): boolean {
  return scope === 'all' || owner === `key:${principal.name}`;
}

/** Whether a reader may see what is said about a model; `undefined`: about the whole server. */
export function seesModel({ models }: Reader, model: string | undefined): boolean {
  return model === undefined || models.has(model);
}

/** Whether a reader may see a notice. Warnings of models are the operator's. */
export function seesNotice(reader: Reader, { model, code }: Pick<Notice, 'model' | 'code'>): boolean {
  return seesModel(reader, model) && (reader.scope === 'all' || code !== 'degraded');
}

/** A model for a reader: memory, place, warnings and reasons are the operator's, as on `/v1/models`. */
export function modelFor({ scope }: Reader, model: LiveModel): LiveModel {
  if (scope === 'all') return model;
  const error = model.error && { ...model.error, message: "The reason is in the server's log." };
  const { error: _, ...rest } = model;
  return { ...rest, memory: null, estimate: null, warnings: [], source: '', ...(error && { error }) };
}

/** The JSON of a request for a reader: with its client, for those who see several. */
export function forReader({ scope }: Reader, text: string, client: string | undefined): string {
  if (scope === 'own' || client === undefined) return text;
  return `${text.slice(0, -1)},"client":${JSON.stringify(client)}}`;
}
