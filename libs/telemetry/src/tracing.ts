import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { ReportingExporter } from './reporting-exporter.js';
import { BatchSpanProcessor, NoopSpanProcessor } from '@opentelemetry/sdk-trace';

/** Options of {@link startTracing}. */
interface TracingOptions {
  /** OTLP receiver over HTTP, such as `http://collector:4318`, with or without `/v1/traces`; default: no export. */
  otlpEndpoint?: string;
  serviceName: string;
  serviceVersion: string;
}

/**
 * Starts OpenTelemetry for this process: spans get ids, and go to the receiver. Call it before the app is made.
 * @returns a function that sends the remaining spans and stops tracing
 */
export function startTracing({ otlpEndpoint, serviceName, serviceVersion }: TracingOptions): () => Promise<void> {
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': serviceVersion }),
    spanProcessors: [
      otlpEndpoint === undefined
        ? new NoopSpanProcessor()
        : new BatchSpanProcessor({
            exporter: new ReportingExporter(new OTLPTraceExporter({ url: tracesUrl(otlpEndpoint) })),
          }),
    ],
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return () => sdk.shutdown();
}

/** The address of traces at a receiver that is named by its base or by that address. */
export function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith('/v1/traces') ? path : `${path}/v1/traces`;
  return url.href;
}
