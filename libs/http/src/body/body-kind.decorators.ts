import type { IncomingHttpHeaders } from 'node:http';
import { RequestMethod, SetMetadata } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { type BodyLimits, DEFAULT_BODY_LIMITS } from '../json/body-limits.js';

/**
 * A handler's body. `json`: parsed, `application/json` only. `any-type`: parsed as JSON, whatever its content type. `raw`: its bytes.
 * `none`: not read.
 */
type BodyKind = 'json' | 'any-type' | 'raw' | 'none';

/** The way a handler's body is read. */
export interface BodyPlan {
  kind: BodyKind;
  isWanted?: (headers: IncomingHttpHeaders) => boolean;
  /** Bytes that are taken, where the server's limit is lower. */
  minLimitBytes?: number;
  /** Of a body that is parsed. */
  limits: BodyLimits;
}

/** A plan as decorators give it: without the bounds, which have one of their own. */
type MarkedPlan = Omit<BodyPlan, 'limits'>;

const BODY_PLAN = 'frontier:http:body-plan';
const BODY_LIMITS = 'frontier:http:body-limits';
const METHODS_WITH_BODY = new Set([RequestMethod.POST, RequestMethod.PUT, RequestMethod.PATCH]);

/** Parses the body as JSON whatever its content type is: `curl -d` sends that of a form. */
export const AcceptAnyContentType = (): MethodDecorator =>
  SetMetadata(BODY_PLAN, { kind: 'any-type' } satisfies MarkedPlan);

/**
 * Gives the handler the bytes of its body, whatever their content type; `undefined` where there are none.
 * @param options whether the bytes are read, by the headers of the request, by default always; and how many at least may be sent
 */
export const RawBody = (options: Pick<BodyPlan, 'isWanted' | 'minLimitBytes'> = {}): MethodDecorator =>
  SetMetadata(BODY_PLAN, { kind: 'raw', ...options } satisfies MarkedPlan);

/** Leaves the body unread: the handler needs none. */
export const NoBody = (): MethodDecorator => SetMetadata(BODY_PLAN, { kind: 'none' } satisfies MarkedPlan);

/** Bounds the JSON body of a handler; default: {@link DEFAULT_BODY_LIMITS}. */
export const LimitBody = (limits: BodyLimits): MethodDecorator => SetMetadata(BODY_LIMITS, limits);

/** The plan of a handler's body; default: JSON for POST, PUT and PATCH, none for other methods. */
export function bodyPlanOf(handler: Function): BodyPlan {
  const limits = (Reflect.getMetadata(BODY_LIMITS, handler) as BodyLimits | undefined) ?? DEFAULT_BODY_LIMITS;
  const marked = Reflect.getMetadata(BODY_PLAN, handler) as MarkedPlan | undefined;
  if (marked) return { ...marked, limits };
  const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
  return { kind: method !== undefined && METHODS_WITH_BODY.has(method) ? 'json' : 'none', limits };
}
