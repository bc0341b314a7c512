import { Injectable } from '@nestjs/common';
import { ChannelSubscriber } from './channel-subscriber.js';
import { counter, histogram, MS_BUCKETS, queueWaitHistogram } from './metric.js';
import { type RequestRecord, requestChannel } from './request-record.js';

/** https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ */
const DURATION_BUCKETS = Array.from({ length: 14 }, (_, i) => 0.01 * 2 ** i);
const FIRST_TOKEN_BUCKETS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PER_TOKEN_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
const USAGE_BUCKETS = Array.from({ length: 14 }, (_, i) => 4 ** i);

/** Errors of requests that the server could have served with more time or room. */
const REJECTIONS = new Set([
  'overloaded',
  'queue_timeout',
  'deadline_exceeded',
  'rate_limit_exceeded',
  'circuit_open',
  'model_loading',
  'model_unavailable',
  'shutting_down',
]);

/** Metrics of requests. */
@Injectable()
export class RequestMetrics extends ChannelSubscriber {
  private readonly requests = counter(
    'inference_requests_total',
    'Requests that have ended, by class of status.',
    'model',
    'endpoint',
    'status',
  );
  private readonly duration = histogram(
    'inference_request_duration_ms',
    'Milliseconds from a request to the end of its answer.',
    MS_BUCKETS,
    'model',
    'endpoint',
  );
  private readonly errors4xx = counter('inference_errors_4xx_total', "Callers' mistakes.", 'model', 'endpoint');
  private readonly errors5xx = counter(
    'inference_errors_5xx_total',
    'Requests that the server failed or refused, also inside a stream.',
    'model',
    'endpoint',
  );
  private readonly hits = counter('inference_cache_hits_total', 'Answers from the cache.', 'model');
  private readonly misses = counter('inference_cache_misses_total', 'Answers that the cache did not have.', 'model');
  private readonly limited = counter('rate_limit_hits_total', 'Requests over a limit of their caller.', 'endpoint');
  private readonly rejections = counter(
    'inference_rejections_total',
    'Requests that were refused or given up, by the code of their error.',
    'reason',
  );
  private readonly queueWait = queueWaitHistogram();
  private readonly serverDuration = histogram(
    'gen_ai_server_request_duration_seconds',
    'Time from a request to the end of its answer.',
    DURATION_BUCKETS,
    'model',
  );
  private readonly firstToken = histogram(
    'gen_ai_server_time_to_first_token_seconds',
    'Time from a request to the first piece of its answer.',
    FIRST_TOKEN_BUCKETS,
    'model',
  );
  private readonly perToken = histogram(
    'gen_ai_server_time_per_output_token_seconds',
    'Time between two tokens of an answer, after the first.',
    PER_TOKEN_BUCKETS,
    'model',
  );
  private readonly usage = histogram(
    'gen_ai_client_token_usage',
    'Tokens of a request.',
    USAGE_BUCKETS,
    'model',
    'gen_ai_token_type',
  );

  constructor() {
    super();
    this.subscribe<RequestRecord>(requestChannel, (record) => this.onRequest(record));
  }

  private onRequest(record: RequestRecord): void {
    const { model = 'none', endpoint, status, durationMs, errorCode, cache, queueMs } = record;
    const hasFailed = status >= 500 || (status < 400 && errorCode !== undefined);
    this.requests.inc({ model, endpoint, status: `${hasFailed ? 5 : Math.floor(status / 100)}xx` });
    this.duration.observe({ model, endpoint }, durationMs);
    // Also 0: a series that is not there cannot be part of a ratio, and its first step goes unseen.
    this.errors5xx.inc({ model, endpoint }, hasFailed ? 1 : 0);
    this.errors4xx.inc({ model, endpoint }, !hasFailed && status >= 400 ? 1 : 0);
    this.limited.inc({ endpoint }, status === 429 ? 1 : 0);
    if (errorCode !== undefined && REJECTIONS.has(errorCode)) this.rejections.inc({ reason: errorCode });
    this.hits.inc({ model }, cache === 'HIT' ? 1 : 0);
    this.misses.inc({ model }, cache === 'MISS' ? 1 : 0);
    if (errorCode === 'queue_timeout' && queueMs !== undefined) this.queueWait.observe({ model }, queueMs / 1000);
    if (record.promptTokens !== undefined) this.observeInference(model, record);
  }

  private observeInference(model: string, record: RequestRecord): void {
    const { durationMs, firstTokenAtMs, cache, promptTokens = 0, completionTokens } = record;
    this.serverDuration.observe({ model }, durationMs / 1000);
    this.usage.observe({ model, gen_ai_token_type: 'input' }, promptTokens);
    // Encoders write none.
    if (completionTokens === undefined) return;
    this.usage.observe({ model, gen_ai_token_type: 'output' }, completionTokens);
    // A result that was computed for another request says nothing about the engine's speed.
    const isComputed = cache === 'MISS' || cache === 'BYPASS';
    if (firstTokenAtMs === undefined || !isComputed) return;
    this.firstToken.observe({ model }, firstTokenAtMs / 1000);
    if (completionTokens > 1) {
      this.perToken.observe({ model }, (durationMs - firstTokenAtMs) / 1000 / (completionTokens - 1));
    }
  }
}
