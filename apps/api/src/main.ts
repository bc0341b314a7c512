import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { readServerConfig, type ServerConfig } from '@frontier/config';
import { messageOf } from '@frontier/errors';
import { createApp } from './create-app.js';

const CLOSE_TIMEOUT_MS = 5000;

const config = configOrExit();
const app = await createApp(config).catch((error: unknown) => exit(messageOf(error)));
const { HOST, PORT } = config.environment;
const logger = new Logger('Server');

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    logger.log(`${signal}: shutting down`);
    // A second signal finds no handler and ends the process at once; a caller who does not read his answer is not
    // waited for.
    setTimeout(() => process.exit(0), CLOSE_TIMEOUT_MS).unref();
    void app.close().then(() => process.exit(0));
  });
}

await app.listen(PORT, HOST).catch((error: unknown) => exit(`Cannot listen on ${HOST}:${PORT}: ${messageOf(error)}`));
logger.log(`Listening on ${await app.getUrl()} (API documentation: /docs)`);
if (config.apiToken.warning) logger.warn(config.apiToken.warning);

function configOrExit(): ServerConfig {
  try {
    return readServerConfig(process.env);
  } catch (error) {
    exit(messageOf(error));
  }
}

function exit(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
