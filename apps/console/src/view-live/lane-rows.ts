import type { LiveRequest } from '../live/live-events.js';

/** Rows of the lanes; what waits beside them is counted. */
export const MAX_ROWS = 24;

/** Requests whose bars reach into the window, newest first. @param now on the server's clock */
export function rowsOf(requests: readonly LiveRequest[], now: number, windowMs: number, model: string): LiveRequest[] {
  return requests
    .filter((request) => model === '' || request.model === model)
    .filter(({ at, end }) => end == null || at + end.ms > now - windowMs)
    .slice(0, MAX_ROWS);
}

/**
 * The rows while a pointer or the focus is inside: the same ones in the same places, with what is new of each.
 * @param shown rows that were there when it came in
 */
export function heldRows(shown: readonly LiveRequest[], requests: readonly LiveRequest[]): LiveRequest[] {
  const byId = new Map(requests.map((request) => [request.id, request]));
  return shown.map((request) => byId.get(request.id) ?? request);
}
