import 'reflect-metadata';
import { messageOf } from '@frontier/errors';
import { readServerConfig, type ServerConfig } from './config/server-config.js';
import type { ServerOptions } from './server.module.js';
import { startServerTracing } from './start-tracing.js';

interface StartOptions {
  /** Variables of the configuration; default: those of the process. */
  env?: NodeJS.ProcessEnv;
  /** The folder that default paths start from; default: the working folder. */
  folder?: string;
  /** Modules and stores of a team, imported once tracing runs. */
  extensions?: () => Promise<Omit<ServerOptions, 'config'>>;
}

/**
 * Reads the configuration, starts tracing where it is on, and runs the server until a signal ends it. A fault of the start is written to the
 * standard error in one line, and the process exits with 1.
 */
export async function startServer({
  env = process.env,
  folder = process.cwd(),
  extensions,
}: StartOptions = {}): Promise<void> {
  const config = configOrExit(env, folder);
  const stopTracing = await startServerTracing(config);
  try {
    const { runServer } = await import('./run-server.js');
    await runServer({ config, ...(await extensions?.()) }, { stopTracing });
  } catch (error) {
    exit(messageOf(error));
  }
}

function configOrExit(env: NodeJS.ProcessEnv, folder: string): ServerConfig {
  try {
    return readServerConfig(env, folder);
  } catch (error) {
    exit(messageOf(error));
  }
}

function exit(message: string): never {
  // Last of all: what was logged until now is written when the process exits.
  process.on('exit', () => process.stderr.write(`${message}\n`));
  process.exit(1);
}
