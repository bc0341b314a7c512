import { Logger } from '@nestjs/common';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

type Done = Parameters<SpanExporter['export']>[1];

/** `ExportResultCode.FAILED` of OpenTelemetry's core. */
const FAILED = 1;

/** A receiver that is away fails every few seconds. */
const REPORT_INTERVAL_MS = 60_000;

/** Span exporter that logs failures once a minute at most, with the reason and the number of lost spans. */
export class ReportingExporter implements SpanExporter {
  private readonly logger = new Logger('Tracing');
  private reportedAt = -Infinity;
  private lost = 0;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly now: () => number = () => performance.now(),
  ) {}

  export(spans: ReadableSpan[], done: Done): void {
    this.exporter.export(spans, (result) => {
      if (result.code === FAILED) this.report(spans.length, result.error);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private report(spans: number, error: (Error & { code?: unknown }) | undefined): void {
    this.lost += spans;
    if (this.now() - this.reportedAt < REPORT_INTERVAL_MS) return;
    const reason = [error?.code, error?.message].filter(Boolean).join(' ');
    this.logger.warn(`OTLP_ENDPOINT did not take ${this.lost} spans: ${reason || 'unknown reason'}.`);
    this.reportedAt = this.now();
    this.lost = 0;
  }
}
