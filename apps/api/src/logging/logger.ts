import pino, { type Logger, type LoggerOptions } from 'pino';
import type { Environment } from '@frontier/config';

/** Whatever is logged by accident, these never are. Paths with wildcards would cost 40 us a line. */
const SECRETS = [
  'authorization',
  'cookie',
  'token',
  'secret',
  'password',
  'prompt',
  'output',
  ...['headers', 'req.headers'].flatMap((headers) => [`${headers}.authorization`, `${headers}.cookie`]),
  ...['body', 'req.body'].flatMap((body) => [`${body}.prompt`, `${body}.messages`]),
];

/** The server's logger: JSON lines on the standard output, or readable ones in development. */
export async function createLogger({ ENVIRONMENT, LOG_LEVEL }: Environment): Promise<Logger> {
  const options: LoggerOptions = {
    level: LOG_LEVEL.toLowerCase(),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: SECRETS,
  };
  if (ENVIRONMENT !== 'development') return pino(options);
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ sync: true, ignore: 'pid,hostname' }));
}
