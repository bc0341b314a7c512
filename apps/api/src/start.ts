import 'reflect-metadata';
import { readServerConfig, type ServerConfig } from '@frontier/config';
import { messageOf } from '@frontier/errors';
import { SERVER_FOLDER } from './server-folder.js';
import { VERSION } from './version.js';

const config = configOrExit();
const { ENABLE_TRACING, OTLP_ENDPOINT } = config.environment;
// Before anything that could be traced is loaded; not at all where it is off.
const stopTracing = ENABLE_TRACING ? await tracing() : async () => {};

const { serve } = await import('./serve.js');
await serve(config, stopTracing).catch((error: unknown) => exit(messageOf(error)));

async function tracing(): Promise<() => Promise<void>> {
  const { startTracing } = await import('@frontier/telemetry/tracing');
  return startTracing({ otlpEndpoint: OTLP_ENDPOINT, serviceName: 'frontier-inference', serviceVersion: VERSION });
}

function configOrExit(): ServerConfig {
  try {
    return readServerConfig(process.env, SERVER_FOLDER);
  } catch (error) {
    exit(messageOf(error));
  }
}

function exit(message: string): never {
  // Last of all: what was logged until now is written when the process exits.
  process.on('exit', () => process.stderr.write(`${message}\n`));
  process.exit(1);
}
