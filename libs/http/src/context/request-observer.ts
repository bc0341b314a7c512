import { performance } from 'node:perf_hooks';
import { trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { parseAddress } from '@frontier/rate-limit';
import { requestBeginChannel, requestChannel, type RequestRecord, RequestTrace } from '@frontier/telemetry';
import { isExempt, isLiveStream } from './exempt-routes.js';
import { type HttpRequest, requestIdOf, routeOf } from './http-exchange.js';

const records = new WeakMap<object, RequestRecord>();

/** The record of a request so far; `undefined` for probes, metrics and docs, and where requests are not observed. */
export function recordOf(request: object): RequestRecord | undefined {
  return records.get(request);
}

/** Milliseconds since a request began. */
export function elapsedMs({ startedAt }: RequestRecord): number {
  return performance.timeOrigin + performance.now() - startedAt;
}

/** Records the error of a request. */
export function noteError(record: RequestRecord, code: string): void {
  record.errorCode = code;
  // Since its admission it has only waited.
  if (code === 'queue_timeout') record.queueMs = elapsedMs(record) - (record.admittedAtMs ?? 0);
}

/** Parts of requests that are observed. */
interface ObservedRequests {
  isTraced: boolean;
  /** Puts prompts and completions into traces. */
  withContent: boolean;
}

/** Keeps a record of each request, and publishes it, and its spans, when its response has been sent or its caller has left. */
export function observeRequests(fastify: FastifyInstance, { isTraced, withContent }: ObservedRequests): void {
  const tracer = trace.getTracer('frontier-inference');
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (isExempt(route)) return done();
    const record = newRecord(request, withContent);
    records.set(request, record);
    const spans = isTraced
      ? new RequestTrace(tracer, request.headers, request.method, record.endpoint, record.startedAt)
      : undefined;
    if (spans) {
      Object.assign(record, spans.ids);
      reply.header('traceparent', spans.traceparent);
    }
    // Of a large body with a streamed response there are 11, Fastify's and Nest's included; Node warns from 11 on.
    reply.raw.setMaxListeners(16);
    reply.raw.once('close', () => {
      if (isLiveStream(route) && reply.statusCode < 400) return;
      complete(record, reply);
      spans?.end(record);
      requestChannel.publish(record);
    });
    requestBeginChannel.runStores(record, done);
  });
}

/** A record of a request that begins now. */
export function newRecord(request: HttpRequest, withContent = false): RequestRecord {
  const address = request.ip ?? '';
  return {
    requestId: requestIdOf(request),
    address: parseAddress(address) ?? address,
    method: request.method,
    endpoint: routeOf(request) ?? 'unknown',
    status: 0,
    startedAt: performance.timeOrigin + performance.now(),
    durationMs: 0,
    ...(withContent ? { prompt: '', output: '' } : {}),
  };
}

function complete(record: RequestRecord, { raw, statusCode }: FastifyReply): void {
  record.durationMs = elapsedMs(record);
  record.status = raw.writableFinished ? statusCode : 499;
}
