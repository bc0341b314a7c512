import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GenerateRequest } from '@frontier/inference';
import type { RequestRecord } from '@frontier/telemetry';
import { cacheDirectives } from './cache-directives.js';
import { type Caller, requestCaller } from './request-caller.js';
import { elapsedMs, recordOf } from './request-observer.js';
import { requestSignal, requestTimeoutMs } from './request-signal.js';

/** What a request says beside its body: who calls, how long they would wait, what they think of cached answers. */
export interface Call extends Pick<GenerateRequest, 'maxWaitMs' | 'cache'> {
  caller: Caller;
  /** Fires when the caller has left, or waits no longer. */
  signal: AbortSignal;
  /** What metrics, traces and logs will tell of the request. */
  record: RequestRecord;
}

/** Injects the {@link Call} into a handler. */
export const CallContext = createParamDecorator((_: unknown, context: ExecutionContext): Call => {
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
});

function admitted(request: FastifyRequest): RequestRecord {
  const record = recordOf(request);
  if (!record) throw new Error('Bug: a call that nobody observes.');
  record.admittedAtMs = elapsedMs(record);
  return record;
}
