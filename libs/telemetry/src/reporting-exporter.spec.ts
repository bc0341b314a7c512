import { Logger } from '@nestjs/common';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ReportingExporter } from './reporting-exporter.js';

afterEach(() => vi.restoreAllMocks());

describe(ReportingExporter, () => {
  it('logs a failure with its reason and the number of spans, at most once a minute', () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
    let now = 0;
    let error: Error | undefined = Object.assign(new Error('Not Found'), { code: 404 });
    const failing: SpanExporter = {
      export: (_, done) => done(error ? { code: 1, error } : { code: 0 }),
      shutdown: async () => {},
    };
    const exporter = new ReportingExporter(failing, () => now);
    const send = (count: number): void => exporter.export(Array<ReadableSpan>(count), () => {});
    send(2);
    send(3);
    now = 59_999;
    send(4);
    now = 60_000;
    send(5);
    error = undefined;
    now = 180_000;
    send(6);
    expect(warn.mock.calls).toEqual([
      ['OTLP_ENDPOINT did not take 2 spans: 404 Not Found.'],
      ['OTLP_ENDPOINT did not take 12 spans: 404 Not Found.'],
    ]);
  });
});
