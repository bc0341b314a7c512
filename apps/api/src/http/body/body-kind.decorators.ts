import { RequestMethod, SetMetadata } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';

/**
 * A handler's body. `json`: parsed, `application/json` only. `any-type`: parsed as JSON, whatever its content type. `raw`: its bytes.
 * `none`: not read.
 */
export type BodyKind = 'json' | 'any-type' | 'raw' | 'none';

const BODY_KIND = 'frontier:http:body-kind';
const METHODS_WITH_BODY = new Set([RequestMethod.POST, RequestMethod.PUT, RequestMethod.PATCH]);

/** Parses the body as JSON whatever its content type is: `curl -d` sends that of a form. */
export const AcceptAnyContentType = (): MethodDecorator => SetMetadata(BODY_KIND, 'any-type' satisfies BodyKind);

/** Gives the handler the bytes of its body, whatever their content type; `undefined` where there are none. */
export const RawBody = (): MethodDecorator => SetMetadata(BODY_KIND, 'raw' satisfies BodyKind);

/** Leaves the body unread: the handler needs none. */
export const NoBody = (): MethodDecorator => SetMetadata(BODY_KIND, 'none' satisfies BodyKind);

/** The kind of a handler's body; default: JSON for POST, PUT and PATCH, none for other methods. */
export function bodyKindOf(handler: Function): BodyKind {
  const marked = Reflect.getMetadata(BODY_KIND, handler) as BodyKind | undefined;
  if (marked) return marked;
  const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
  return method !== undefined && METHODS_WITH_BODY.has(method) ? 'json' : 'none';
}
