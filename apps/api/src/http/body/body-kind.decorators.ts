import type { IncomingHttpHeaders } from 'node:http';
import { RequestMethod, SetMetadata } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';

/**
 * A handler's body. `json`: parsed, `application/json` only. `any-type`: parsed as JSON, whatever its content type. `raw`: its bytes.
 * `none`: not read.
 */
export type BodyKind = 'json' | 'any-type' | 'raw' | 'none';

/** The way a handler's body is read. */
export interface BodyPlan {
  kind: BodyKind;
  isWanted?: (headers: IncomingHttpHeaders) => boolean;
}

const BODY_PLAN = 'frontier:http:body-plan';
const METHODS_WITH_BODY = new Set([RequestMethod.POST, RequestMethod.PUT, RequestMethod.PATCH]);

/** Parses the body as JSON whatever its content type is: `curl -d` sends that of a form. */
export const AcceptAnyContentType = (): MethodDecorator =>
  SetMetadata(BODY_PLAN, { kind: 'any-type' } satisfies BodyPlan);

/**
 * Gives the handler the bytes of its body, whatever their content type; `undefined` where there are none.
 * @param isWanted whether the bytes are read, by the headers of the request; default: always
 */
export const RawBody = (isWanted?: BodyPlan['isWanted']): MethodDecorator =>
  SetMetadata(BODY_PLAN, { kind: 'raw', isWanted } satisfies BodyPlan);

/** Leaves the body unread: the handler needs none. */
export const NoBody = (): MethodDecorator => SetMetadata(BODY_PLAN, { kind: 'none' } satisfies BodyPlan);

/** The plan of a handler's body; default: JSON for POST, PUT and PATCH, none for other methods. */
export function bodyPlanOf(handler: Function): BodyPlan {
  const marked = Reflect.getMetadata(BODY_PLAN, handler) as BodyPlan | undefined;
  if (marked) return marked;
  const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
  return { kind: method !== undefined && METHODS_WITH_BODY.has(method) ? 'json' : 'none' };
}
