import type { FastifyReply, FastifyRequest } from 'fastify';
import { recordOf } from '@frontier/http';
import { unknownFields } from './peer-fields.js';

/** Names that a header tells at most, and how long each may be. */
const LIMITS = { names: 20, length: 64 } as const;

/**
 * Tells of the fields of a request that nobody knows: to its caller in a `Warning` header (RFC 7234, section 5.5), to the
 * operator in its log line. Clients send fields that were made after this server.
 * @param valid the body as its class has it
 */
export function warnOfUnknownFields(request: FastifyRequest, reply: FastifyReply, valid: object): void {
  const names = unknownFields(request.body as object, valid)
    .slice(0, LIMITS.names)
    .map(printable);
  if (names.length === 0) return;
  reply.header('warning', `299 - "Unknown fields were ignored: ${names.join(', ')}"`);
  const record = recordOf(request);
  if (record) record.ignoredFields = names;
}

/** What may stand in a quoted string of a header. */
function printable(name: string): string {
  return name.slice(0, LIMITS.length).replaceAll(/[^\w.$-]/g, '?');
}
