import type { Principal } from '@frontier/auth';

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

/** The JSON of a request for a reader: with its client, for those who see several. */
export function forReader({ scope }: Reader, text: string, client: string | undefined): string {
  if (scope === 'own' || client === undefined) return text;
  return `${text.slice(0, -1)},"client":${JSON.stringify(client)}}`;
}
