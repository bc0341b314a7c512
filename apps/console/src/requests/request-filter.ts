import { lifeOf } from '../life-bar/life.js';
import type { LiveRequest } from '../live/live-events.js';

export const KINDS = ['all', 'slow', 'failed', 'cached'] as const;
type Kind = (typeof KINDS)[number];

export interface RequestFilter {
  kind: Kind;
  /** Empty: all. */
  model: string;
  client: string;
  /** A part of an id, a model, a kind of work or a code. */
  text: string;
}

/** The ended requests that a filter lets through; `slow`: longer than nine of ten. */
export function filterRequests(requests: readonly LiveRequest[], filter: RequestFilter): LiveRequest[] {
  const ended = requests.filter(({ end }) => end != null);
  const slowFromMs = percentile(
    ended.map(({ end }) => end!.ms),
    0.9,
  );
  return ended.filter((request) => {
    const { end, shared } = lifeOf(request, 0);
    if (filter.kind === 'slow' && request.end!.ms < slowFromMs) return false;
    if (filter.kind === 'failed' && end !== 'error' && end !== 'refused') return false;
    if (filter.kind === 'cached' && !shared && !request.cached_tokens) return false;
    if (filter.model !== '' && request.model !== filter.model) return false;
    if (filter.client !== '' && request.client !== filter.client) return false;
    return textOf(request).includes(filter.text.trim().toLowerCase());
  });
}

/** The least value that a share of all is below or at. */
function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function textOf({ id, model, op, client, end }: LiveRequest): string {
  return [id, model, op, client, end?.status, end?.error].filter(Boolean).join(' ').toLowerCase();
}
