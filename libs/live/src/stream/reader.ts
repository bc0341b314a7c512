import type { Principal } from '@frontier/auth';
import type { OPERATORS_FIELDS } from '@frontier/inference-http';
import type { LifeIds } from '../life/unique-ids.js';
import type { Notice } from '../protocol/events.schema.js';
import type { LiveModel } from '../protocol/model.schema.js';

/** The reader of a stream, and what it may see. */
export interface Reader {
  principal: Principal;
  /** `all`: the requests and jobs of everybody. */
  scope: 'all' | 'own';
  /** Names of the models whose numbers it gets, of those that are there now: found anew each time. */
  models(): ReadonlySet<string>;
  /** Whether it gets the numbers of a model, which is there now. */
  sees(model: string): boolean;
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
export function seesModel(reader: Reader, model: string | undefined): boolean {
  return model === undefined || reader.sees(model);
}

/** Whether a reader may see a notice. Warnings of models are the operator's. */
export function seesNotice(reader: Reader, { model, code }: Pick<Notice, 'model' | 'code'>): boolean {
  return seesModel(reader, model) && (reader.scope === 'all' || code !== 'degraded');
}

/** The operators' fields of a model, as others see them; the code of an error, without its reason, is everybody's. */
const HIDDEN = {
  memory: null,
  estimate: null,
  warnings: [],
  source: '',
  error: undefined,
} satisfies Record<(typeof OPERATORS_FIELDS)[number], unknown>;

/** A model as a reader may see it. */
export function modelFor({ scope }: Reader, model: LiveModel): LiveModel {
  if (scope === 'all') return model;
  const error = model.error && { ...model.error, message: "The reason is in the server's log." };
  const { error: _, ...hidden } = HIDDEN;
  const { error: _e, ...rest } = model;
  return { ...rest, ...hidden, ...(error && { error }) };
}

/** A request, and the one whose answer it shares. */
interface Identified {
  ids: LifeIds;
  leader: LifeIds | undefined;
}

/** The id of a request for a reader: that of one who sees its own requests depends on no others. */
export function idFor({ scope }: Reader, { ids }: Pick<Identified, 'ids'>): string {
  return scope === 'all' ? ids.all : ids.own;
}

/**
 * The JSON of a request for a reader: with its client, for those who see several.
 * @param text without ids and client
 */
export function forReader(reader: Reader, request: Identified, text: string): string {
  const { ids, leader } = request;
  const seesAll = reader.scope === 'all';
  const head = {
    id: idFor(reader, request),
    client: seesAll ? ids.client : undefined,
    leader: leader && (seesAll || leader.client === ids.client) ? idFor(reader, { ids: leader }) : undefined,
  };
  return `${JSON.stringify(head).slice(0, -1)},${text.slice(1)}`;
}
