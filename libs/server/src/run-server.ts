import { constants } from 'node:os';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServerConfig } from './config/server-config.js';
import { messageOf } from '@frontier/errors';
import { createServer } from './create-server.js';
import type { ServerOptions } from './server.module.js';
import { prepareOpenApi } from './openapi.js';
import { Drain } from '@frontier/http';
import { BoundPort } from './listen/bound-port.js';
import { stopSignals } from './listen/stop-signals.js';

/** Time to send the last responses and spans, once all work has ended. */
const CLOSE_TIMEOUT_MS = 5000;

/** Options of {@link runServer} beside the server's own. */
export interface RunOptions {
  /** Sends the spans that are left; default: there is no tracing. */
  stopTracing?: () => Promise<void>;
  /** Where it listens; default: `HOST` and `PORT` are bound first of all. */
  port?: BoundPort;
  /** Shows a token that was made for this run; default: a line on the standard error. */
  showToken?: (token: string) => void;
  /** Called when a signal ends the server, with the requests that it waits for; `isAgain`: at once, without waiting. */
  onStop?: (running: number, isAgain: boolean) => void;
  /** Called last, before the process exits. */
  onExit?: () => void;
}

/**
 * Runs the server until a signal ends it: it drains, notifies callers whose requests still run, and exits with 0. Another
 * signal, more than a second later, ends it at once.
 */
export async function runServer(options: ServerOptions, run: RunOptions = {}): Promise<void> {
  const { config } = options;
  const { HOST, PORT, DRAIN_DELAY_MS, DRAIN_TIMEOUT_MS } = config.environment;
  const logger = new Logger('Server');
  let app: NestFastifyApplication | undefined;

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    // Nothing is served yet that could end well.
    if (app === undefined) return exit(128 + constants.signals[signal]);
    logger.log(`${signal}: draining`);
    const drain = app.get(Drain);
    run.onStop?.(drain.runningRequests, false);
    await drain.run(DRAIN_DELAY_MS, DRAIN_TIMEOUT_MS);
    // Callers that do not read their response are not waited for.
    setTimeout(() => exit(0), CLOSE_TIMEOUT_MS).unref();
    await app.close();
    await run.stopTracing?.();
  };
  const exit = (code: number): never => {
    run.onExit?.();
    process.exit(code);
  };
  const onSignal = stopSignals({
    stop: (signal) =>
      void stop(signal)
        .catch((error: unknown) => logger.warn(`The end was not clean: ${messageOf(error)}`))
        .finally(() => exit(0)),
    exit: (signal) => {
      if (app) run.onStop?.(app.get(Drain).runningRequests, true);
      // As a shell reports it. The first process of a container has no default that would end it.
      exit(128 + constants.signals[signal]);
    },
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal);

  // Before anything is loaded: a port that is taken is the only message.
  const port = run.port ?? (await BoundPort.open(HOST, PORT));
  app = await createServer(options);
  await app.init();
  await prepareOpenApi(app);
  await port.handOver(app);
  announce(port.url, config, logger, run.showToken);
  for (const { found, meant } of config.misspelled) {
    logger.warn(`The environment variable ${found} is not one of this server, and is ignored: did you mean ${meant}?`);
  }
  if (config.webhookSecret.warning) logger.warn(config.webhookSecret.warning);
}

/**
 * The line with the server's address and models, and a warning about the token where there is one. A token that was
 * made for this run is printed beside the log: lines of a log are kept and searched.
 */
function announce(
  address: string,
  { models, apiToken }: ServerConfig,
  logger: Logger,
  showToken: RunOptions['showToken'] = writeToken,
): void {
  const names = models.models.map(({ name, aliases }) =>
    aliases.length > 0 ? `${name} (${aliases.join(', ')})` : name,
  );
  const line = `Listening on ${address} (API documentation: ${address}/docs). Models: ${names.join(', ')}.`;
  if (apiToken.warning === undefined) logger.log(line);
  else logger.warn(`${line} ${apiToken.warning}`);
  if (apiToken.isGenerated) showToken(apiToken.value!);
}

function writeToken(token: string): void {
  process.stderr.write(`TRUTHGPT_API_TOKEN is unset; this run's token is ${token}\n`);
}
