import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { requestChannel, type RequestRecord } from '@frontier/telemetry';

/** Logs one line for each request. */
@Injectable()
export class RequestLogger implements OnApplicationShutdown {
  constructor(private readonly logger: PinoLogger) {
    requestChannel.subscribe(this.log);
  }

  onApplicationShutdown(): void {
    requestChannel.unsubscribe(this.log);
  }

  private readonly log = (message: unknown): void => {
    const record = message as RequestRecord;
    const line = {
      request_id: record.requestId,
      trace_id: record.traceId,
      span_id: record.spanId,
      method: record.method,
      endpoint: record.endpoint,
      status: record.status,
      latency_ms: tenths(record.durationMs),
      model: record.model,
      queue_ms: tenths(record.queueMs),
      ttft_ms: tenths(record.firstTokenAtMs),
      prompt_tokens: record.promptTokens,
      completion_tokens: record.completionTokens,
      cached: record.cache && record.cache === 'HIT',
      client: record.client,
      // Callers without a key differ in nothing else.
      address: record.client === undefined ? record.address : undefined,
      ignored_fields: record.ignoredFields,
      error: record.errorCode,
    };
    this.logger[levelOf(record)](line, 'request');
  };
}

function levelOf({ status, errorCode }: RequestRecord): 'info' | 'warn' | 'error' {
  if (status >= 500 || (status < 400 && errorCode !== undefined)) return 'error';
  return status >= 400 ? 'warn' : 'info';
}

function tenths(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 10) / 10;
}
