import type { ServerConfig } from './config/server-config.js';
import { VERSION } from './config/version.js';

/**
 * Starts tracing where the configuration has it on, before anything that could be traced is loaded.
 * @returns sends the spans that are left
 */
export async function startServerTracing({ environment }: ServerConfig): Promise<() => Promise<void>> {
  const { ENABLE_TRACING, OTLP_ENDPOINT: otlpEndpoint } = environment;
  if (!ENABLE_TRACING) return async () => {};
  const { startTracing } = await import('@frontier/telemetry/tracing');
  return startTracing({ otlpEndpoint, serviceName: 'frontier-inference', serviceVersion: VERSION });
}
