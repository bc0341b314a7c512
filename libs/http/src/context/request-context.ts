import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { RequestRecord } from '@frontier/telemetry';
import { type CacheDirectives, cacheDirectives } from './cache-directives.js';
import { type RequestDeadline, requestDeadline } from './request-deadline.js';
import type { HttpRequest, HttpResponse } from './http-exchange.js';
import { elapsedMs, newRecord, recordOf } from './request-observer.js';
import { type RequestPrincipal, requestPrincipal } from './request-principal.js';

/** A request apart from its body. */
export interface RequestContext {
  principal: RequestPrincipal;
  deadline: RequestDeadline;
  cache: CacheDirectives;
  /** The source of the request's metrics, traces and log line. */
  record: RequestRecord;
}

/** Injects the {@link RequestContext} into a handler. */
export const CurrentRequest = createParamDecorator((_: unknown, context: ExecutionContext): RequestContext =>
  requestContext(context),
);

/** The {@link RequestContext} of an execution context; the request counts as admitted from then on. */
export function requestContext(context: ExecutionContext): RequestContext {
  const http = context.switchToHttp();
  const request = http.getRequest<HttpRequest>();
  return {
    principal: requestPrincipal(request),
    deadline: requestDeadline(request, http.getResponse<HttpResponse>()),
    cache: cacheDirectives(request.headers['cache-control']),
    record: admitted(request),
  };
}

/** Record of a request that is not observed; never published. */
function admitted(request: HttpRequest): RequestRecord {
  const record = recordOf(request) ?? newRecord(request);
  record.admittedAtMs = elapsedMs(record);
  return record;
}
