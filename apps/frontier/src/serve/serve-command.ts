import { mkdirSync, rmSync } from 'node:fs';
import type { RunOptions } from '@frontier/server';
import type { ServerConfig } from '@frontier/server/config';
import type { BoundPort } from '@frontier/server/listen';
import type { Context } from '../cli/context.js';
import type { ListeningMessage } from './listening-message.js';
import { portError } from './port-error.js';
import { serveConfig, type ServeOptions } from './serve-options.js';
import { ServeScreen } from './serve-screen.js';
import { TerminalLog } from './terminal-log.js';

/** `frontier serve`: binds the port, then shows a banner in a terminal, or logs JSON lines elsewhere, until a signal ends it. */
export async function serveCommand(context: Context<ServeOptions>, models: string[]): Promise<void> {
  const { terminal, options, env } = context;
  const startedAt = performance.now();
  const { config, isDemonstration, temporaryFolder } = await serveConfig(models, options, env);
  const { HOST, PORT } = config.environment;
  const listen = await import('@frontier/server/listen');
  const port = await listen.BoundPort.open(HOST, PORT).catch((error: Error) => {
    throw portError(error, { host: HOST, port: PORT, models });
  });
  const screen = terminal.canRedraw(terminal.stdout)
    ? new ServeScreen(terminal, { config, url: port.url, isDemonstration, startedAt })
    : undefined;
  screen?.draw();
  try {
    await run(config, { port, temporaryFolder }, screen);
    if (process.connected) process.send!({ listening: port.url } satisfies ListeningMessage, () => {});
  } catch (error) {
    screen?.abandon();
    await port.close();
    removeFolder(temporaryFolder);
    throw error;
  }
}

async function run(
  config: ServerConfig,
  { port, temporaryFolder }: { port: BoundPort; temporaryFolder: string | undefined },
  screen: ServeScreen | undefined,
): Promise<void> {
  const { startServerTracing } = await import('@frontier/server/tracing');
  const options: RunOptions = { port, stopTracing: await startServerTracing(config) };
  if (screen) await screen.watchModels();
  await import('reflect-metadata');
  const { runServer } = await import('@frontier/server');
  if (temporaryFolder !== undefined) {
    // Only now: until the server listens to signals, they end the process at once. Jobs have the inputs of callers, hence the mode.
    mkdirSync(temporaryFolder, { mode: 0o700 });
    options.onExit = () => removeFolder(temporaryFolder);
  }
  if (screen === undefined) return runServer({ config }, options);
  const log = new TerminalLog(screen.terminal);
  const onStop: RunOptions['onStop'] = (running, isAgain) => screen.stop(running, isAgain);
  // The banner has it.
  await runServer({ config, log }, { ...options, onStop, showToken: () => {} });
}

function removeFolder(path: string | undefined): void {
  if (path !== undefined) rmSync(path, { recursive: true, force: true });
}
