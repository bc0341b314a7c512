import type { FastifyReply, FastifyRequest } from 'fastify';
import { warnOfIgnoredFields } from '../../conversation/ignored-fields.js';
import { unknownFields } from './peer-fields.js';

/**
 * Reports the unknown fields of a request.
 * @param valid the body as its class has it
 * @param unknown finds their names; default: those of routes that generate
 */
export function warnOfUnknownFields(
  request: FastifyRequest,
  reply: FastifyReply,
  valid: object,
  unknown: typeof unknownFields = unknownFields,
): void {
  warnOfIgnoredFields(request, reply, unknown(request.body as object, valid));
}
