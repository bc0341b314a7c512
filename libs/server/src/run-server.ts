import { constants } from 'node:os';
import { Logger } from '@nestjs/common';
import type { ServerConfig } from './config/server-config.js';
import { messageOf } from '@frontier/errors';
import { createServer } from './create-server.js';
import type { ServerOptions } from './server.module.js';
import { prepareOpenApi } from './openapi.js';
import { Drain } from '@frontier/http';
import { assertCanListen, listenError } from './listen/listen-address.js';
import { stopSignals } from './listen/stop-signals.js';

/** Time to send the last responses and spans, once all work has ended. */
const CLOSE_TIMEOUT_MS = 5000;

/**
 * Runs the server until a signal ends it: it drains, notifies callers whose requests still run, and exits with 0. Another
 * signal, more than a second later, ends it at once.
 * @param stopTracing sends the spans that are left; default: there is no tracing
 */
export async function runServer(
  options: ServerOptions,
  stopTracing: () => Promise<void> = async () => {},
): Promise<void> {
  const { config } = options;
  const { HOST, PORT, DRAIN_DELAY_MS, DRAIN_TIMEOUT_MS } = config.environment;
  await assertCanListen(HOST, PORT);
  const app = await createServer(options);
  const logger = new Logger('Server');

  const stop = async (signal: string): Promise<void> => {
    logger.log(`${signal}: draining`);
    await app.get(Drain).run(DRAIN_DELAY_MS, DRAIN_TIMEOUT_MS);
    // Callers that do not read their response are not waited for.
    setTimeout(() => process.exit(0), CLOSE_TIMEOUT_MS).unref();
    await app.close();
    await stopTracing();
  };
  const onSignal = stopSignals({
    stop: (signal) =>
      void stop(signal)
        .catch((error: unknown) => logger.warn(`The end was not clean: ${messageOf(error)}`))
        .finally(() => process.exit(0)),
    // As a shell reports it. The first process of a container has no default that would end it.
    exit: (signal) => process.exit(128 + constants.signals[signal]),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal);

  await app.init();
  await prepareOpenApi(app);
  await app.listen(PORT, HOST).catch((error: NodeJS.ErrnoException) => {
    throw error.syscall === 'listen' || error.syscall === 'getaddrinfo' ? listenError(error, HOST, PORT) : error;
  });
  announce(await app.getUrl(), config, logger);
  for (const { found, meant } of config.misspelled) {
    logger.warn(`The environment variable ${found} is not one of this server, and is ignored: did you mean ${meant}?`);
  }
  if (config.webhookSecret.warning) logger.warn(config.webhookSecret.warning);
}

/**
 * The line with the server's address and models, and a warning about the token where there is one. A token that was
 * made for this run is printed beside the log: lines of a log are kept and searched.
 */
function announce(url: string, { models, apiToken }: ServerConfig, logger: Logger): void {
  const names = models.models.map(({ name, aliases }) =>
    aliases.length > 0 ? `${name} (${aliases.join(', ')})` : name,
  );
  const address = url.replace(/\/$/, '');
  const line = `Listening on ${address} (API documentation: ${address}/docs). Models: ${names.join(', ')}.`;
  if (apiToken.warning === undefined) logger.log(line);
  else logger.warn(`${line} ${apiToken.warning}`);
  if (apiToken.isGenerated)
    process.stderr.write(`TRUTHGPT_API_TOKEN is unset; this run's token is ${apiToken.value}\n`);
}
