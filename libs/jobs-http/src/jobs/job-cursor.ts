import type { JobPlace } from '@frontier/jobs';
import { invalidRequest } from '@frontier/http';

/** The end of a page, as a text for the caller. */
export function toCursor({ id, createdAt }: JobPlace): string {
  return Buffer.from(`${createdAt}:${id}`).toString('base64url');
}

/** @throws `invalid_request` */
export function fromCursor(cursor: string | undefined): JobPlace | undefined {
  if (cursor === undefined) return undefined;
  const match = /^(\d{1,16}):(.+)$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) throw invalidRequest([{ pointer: '/cursor', detail: 'cursor must be a next_cursor of a response' }]);
  return { createdAt: Number(match[1]), id: match[2] };
}

/** @throws `invalid_request` */
export function toLimit(limit: string | undefined): number {
  if (limit === undefined) return 20;
  if (/^\d{1,3}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 100) return Number(limit);
  throw invalidRequest([{ pointer: '/limit', detail: 'limit must be 1 to 100' }]);
}
