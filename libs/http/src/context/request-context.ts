import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestRecord } from '@frontier/telemetry';
import { type CacheDirectives, cacheDirectives } from './cache-directives.js';
import { type RequestDeadline, requestDeadline } from './request-deadline.js';
import { elapsedMs, recordOf } from './request-observer.js';
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
  const request = http.getRequest<FastifyRequest>();
  return {
    principal: requestPrincipal(request),
    deadline: requestDeadline(request, http.getResponse<FastifyReply>()),
    cache: cacheDirectives(request.headers['cache-control']),
    record: admitted(request),
  };
}

function admitted(request: FastifyRequest): RequestRecord {
  const record = recordOf(request);
  if (!record) throw new Error('Bug: a request on a route that is not observed.');
  record.admittedAtMs = elapsedMs(record);
  return record;
}
