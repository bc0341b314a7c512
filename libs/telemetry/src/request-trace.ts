import { context, propagation, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import type { RequestRecord } from './request-record.js';

/**
 * The spans of one request: one for the whole, in the trace that its `traceparent` header (https://www.w3.org/TR/trace-context/)
 * names, and one for each phase, made from the request's record when it has ended. Automatic instrumentation would cost
 * about 250 us a request, this 5 (docs/decisions/0018-request-record.md).
 */
export class RequestTrace {
  private readonly span: Span;

  constructor(
    private readonly tracer: Tracer,
    headers: Record<string, unknown>,
    method: string,
    endpoint: string,
    startedAt: number,
  ) {
    const parent = propagation.extract(context.active(), headers);
    const attributes = { 'http.request.method': method, 'http.route': endpoint };
    const name = `${method} ${endpoint}`;
    this.span = tracer.startSpan(name, { kind: SpanKind.SERVER, startTime: startedAt, attributes }, parent);
  }

  /** The ids of the trace and of the request's span, in hexadecimal. */
  get ids(): { traceId: string; spanId: string } {
    const { traceId, spanId } = this.span.spanContext();
    return { traceId, spanId };
  }

  /** `traceparent` of the response, and of calls on behalf of the request. */
  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  /** Ends the request's span, with those of its phases. */
  end(record: RequestRecord): void {
    const { span } = this;
    if (span.isRecording()) {
      span.setAttributes(attributesOf(record));
      if (record.status >= 500 || (record.status < 400 && record.errorCode)) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: record.errorCode });
      }
      const parent = trace.setSpan(context.active(), span);
      for (const [name, from, to] of phasesOf(record)) {
        const phase = this.tracer.startSpan(name, { startTime: record.startedAt + from }, parent);
        phase.end(record.startedAt + to);
      }
    }
    span.end(record.startedAt + record.durationMs);
  }
}

/** The phases that a request went through, with their times from its beginning. */
function phasesOf(record: RequestRecord): [name: string, fromMs: number, toMs: number][] {
  const { admittedAtMs, firstTokenAtMs, queueMs, prefillMs, cache, durationMs } = record;
  const phases: [string, number, number][] = [['guards', 0, admittedAtMs ?? durationMs]];
  if (admittedAtMs !== undefined && firstTokenAtMs === undefined && queueMs !== undefined) {
    return [...phases, ['queue', admittedAtMs, admittedAtMs + queueMs]];
  }
  if (admittedAtMs === undefined || cache === undefined || firstTokenAtMs === undefined) return phases;
  if (queueMs === undefined || prefillMs === undefined) return [...phases, ['cache', admittedAtMs, firstTokenAtMs]];
  const prefillAt = firstTokenAtMs - prefillMs;
  const queueAt = Math.max(admittedAtMs, prefillAt - queueMs);
  return [
    ...phases,
    ['cache', admittedAtMs, queueAt],
    ['queue', queueAt, prefillAt],
    ['prefill', prefillAt, firstTokenAtMs],
    ['decode', firstTokenAtMs, durationMs],
  ];
}

/** https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ */
function attributesOf(record: RequestRecord): Record<string, string | number | string[]> {
  const attributes: Record<string, string | number | string[] | undefined> = {
    'http.response.status_code': record.status,
    'error.type': record.errorCode,
    'frontier.request_id': record.requestId,
    'frontier.client': record.client,
    'frontier.cache': record.cache,
    'gen_ai.operation.name': record.operation,
    'gen_ai.provider.name': record.model && 'frontier',
    'gen_ai.response.model': record.model,
    'gen_ai.usage.input_tokens': record.promptTokens,
    'gen_ai.usage.output_tokens': record.completionTokens,
    'gen_ai.response.finish_reasons': record.finishReasons,
    'gen_ai.input.messages': record.prompt,
    'gen_ai.output.messages': record.output,
  };
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number | string[]] => entry[1] !== undefined),
  );
}
