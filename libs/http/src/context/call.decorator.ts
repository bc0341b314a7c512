import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestRecord } from '@frontier/telemetry';
import { type CacheDirectives, cacheDirectives } from './cache-directives.js';
import { type Caller, requestCaller } from './request-caller.js';
import { elapsedMs, recordOf } from './request-observer.js';
import { requestSignal, requestTimeoutMs } from './request-signal.js';

/** A request apart from its body: its caller, its deadline, its directives for caches. */
export interface Call {
  caller: Caller;
  /** The longest that the caller waits; default: as long as the server allows. */
  maxWaitMs?: number;
  cache: CacheDirectives;
  /** Fires when the caller has left, or waits no longer. */
  signal: AbortSignal;
  /** The source of the request's metrics, traces and log line. */
  record: RequestRecord;
}

/** Injects the {@link Call} into a handler. */
export const CallContext = createParamDecorator((_: unknown, context: ExecutionContext): Call =>
  requestContext(context),
);

/** The {@link Call} of an execution context; the request counts as admitted from then on. */
export function requestContext(context: ExecutionContext): Call {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const timeoutMs = requestTimeoutMs(request);
  return {
    caller: requestCaller(request),
    record: admitted(request),
    maxWaitMs: timeoutMs,
    cache: cacheDirectives(request.headers['cache-control']),
    signal: requestSignal(http.getResponse<FastifyReply>(), timeoutMs),
  };
}

function admitted(request: FastifyRequest): RequestRecord {
  const record = recordOf(request);
  if (!record) throw new Error('Bug: a call that nobody observes.');
  record.admittedAtMs = elapsedMs(record);
  return record;
}
