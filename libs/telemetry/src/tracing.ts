import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, NoopSpanProcessor } from '@opentelemetry/sdk-trace';

export interface TracingOptions {
  /** The base of an OTLP receiver over HTTP, such as `http://collector:4318`; without it, nothing is exported. */
  otlpEndpoint?: string;
  serviceName: string;
  serviceVersion: string;
}

/**
 * Starts OpenTelemetry for this process: spans get ids, and go to the receiver. Call it before the app is made.
 * @returns what sends the spans that are left, and ends it
 */
export function startTracing({ otlpEndpoint, serviceName, serviceVersion }: TracingOptions): () => Promise<void> {
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': serviceVersion }),
    spanProcessors: [
      otlpEndpoint === undefined
        ? new NoopSpanProcessor()
        : new BatchSpanProcessor({
            exporter: new OTLPTraceExporter({ url: `${otlpEndpoint.replace(/\/$/, '')}/v1/traces` }),
          }),
    ],
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return () => sdk.shutdown();
}
