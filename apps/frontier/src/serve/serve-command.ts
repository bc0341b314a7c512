import { mkdirSync, rmSync } from 'node:fs';
import type { RunOptions } from '@frontier/server';
import type { ServerConfig } from '@frontier/server/config';
import type { BoundPort } from '@frontier/server/listen';
import type { Context } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { portError } from './port-error.js';
import { serveConfig, type ServeOptions } from './serve-options.js';
import { ServeScreen } from './serve-screen.js';
import { TerminalLog } from './terminal-log.js';

/** `frontier serve`: binds the port, then shows a banner in a terminal, or logs JSON lines elsewhere, until a signal ends it. */
export async function serveCommand(context: Context<ServeOptions>, models: string[]): Promise<void> {
  const { terminal, options, env } = context;
  const startedAt = performance.now();
  const { config, isDemonstration, temporaryFolder } = await serveConfig(models, options, env);
  const onExit = (): void => {
    if (temporaryFolder !== undefined) rmSync(temporaryFolder, { recursive: true, force: true });
  };
  const early = endEarly(onExit);
  // Jobs hold what callers have sent.
  if (temporaryFolder !== undefined) mkdirSync(temporaryFolder, { mode: 0o700 });
  const { HOST, PORT } = config.environment;
  const listen = await import('@frontier/server/listen');
  const port = await listen.BoundPort.open(HOST, PORT).catch((error: Error) => {
    onExit();
    throw portError(error, { host: HOST, port: PORT, models });
  });
  const screen = terminal.canRedraw(terminal.stdout)
    ? new ServeScreen(terminal, { config, url: port.url, isDemonstration, startedAt })
    : undefined;
  screen?.draw();
  await run(config, { port, onExit }, screen, early);
}

async function run(
  config: ServerConfig,
  own: { port: BoundPort; onExit: () => void },
  screen: ServeScreen | undefined,
  early: Disposable,
): Promise<void> {
  const { startServerTracing } = await import('@frontier/server/tracing');
  const options: RunOptions = { ...own, stopTracing: await startServerTracing(config) };
  if (screen) await screen.watchModels();
  await import('reflect-metadata');
  const { runServer } = await import('@frontier/server');
  // The server listens to signals from here on.
  early[Symbol.dispose]();
  if (screen === undefined) return runServer({ config }, options);
  const log = new TerminalLog(screen.terminal);
  const onStop: RunOptions['onStop'] = (running, isAgain) => screen.stop(running, isAgain);
  // The banner has it.
  await runServer({ config, log }, { ...options, onStop, showToken: () => {} });
}

/** Until the server is loaded, a signal ends the process at once; what is temporary goes with it. */
function endEarly(onExit: () => void): Disposable {
  const end = (signal: 'SIGINT' | 'SIGTERM'): void => {
    onExit();
    process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  return { [Symbol.dispose]: () => void process.off('SIGINT', end).off('SIGTERM', end) };
}
