import type { FastifyReply, FastifyRequest } from 'fastify';
import { recordOf } from '@frontier/http';

/** Maximum number of names in the header, and the length of each. */
const LIMITS = { names: 20, length: 64 } as const;

/**
 * Reports fields of a request that are ignored: to its caller in a `Warning` header (RFC 7234, section 5.5), to the operator in its log
 * line. Clients send fields that were made after this server.
 */
export function warnOfIgnoredFields(request: FastifyRequest, reply: FastifyReply, fields: readonly string[]): void {
  const names = fields.slice(0, LIMITS.names).map(printable);
  if (names.length === 0) return;
  reply.header('warning', `299 - "Unknown fields were ignored: ${names.join(', ')}"`);
  const record = recordOf(request);
  if (record) record.ignoredFields = names;
}

/** Characters of a quoted string of a header. */
function printable(name: string): string {
  return name.slice(0, LIMITS.length).replaceAll(/[^\w.$-]/g, '?');
}
