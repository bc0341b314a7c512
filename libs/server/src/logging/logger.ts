import pino, { type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import type { Environment } from '../config/variables.js';
import { printableJson, spelledOutJson } from './printable.js';

/** Fields that are never logged, not even by accident. Paths with wildcards would cost 40 us a line. */
export const SECRETS = [
  'authorization',
  '["x-api-key"]',
  'cookie',
  'token',
  'secret',
  'password',
  'prompt',
  'output',
  ...['headers', 'req.headers'].flatMap((headers) => [
    `${headers}.authorization`,
    `${headers}.cookie`,
    `${headers}["x-api-key"]`,
  ]),
  ...['body', 'req.body'].flatMap((body) => [`${body}.prompt`, `${body}.messages`]),
];

/** Bytes that are not written yet; beyond that, lines are lost. */
const MAX_UNWRITTEN_BYTES = 16 * 2 ** 20;

/**
 * The server's logger: JSON lines on the standard output, or readable ones in development. No text in them forges a line.
 * @param destination takes the JSON lines in place of the standard output
 */
export async function createLogger(
  { ENVIRONMENT, LOG_LEVEL }: Environment,
  destination?: DestinationStream,
): Promise<Logger> {
  const isReadable = ENVIRONMENT === 'development' && destination === undefined;
  const options: LoggerOptions = {
    level: LOG_LEVEL.toLowerCase(),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: SECRETS,
    hooks: { streamWrite: isReadable ? spelledOutJson : printableJson },
  };
  if (destination) return pino(options, destination);
  // Written in the background, and to the end when the process exits: a reader that is slow must not hold up requests.
  if (!isReadable) {
    return pino(options, pino.destination({ dest: process.stdout.fd, sync: false, maxLength: MAX_UNWRITTEN_BYTES }));
  }
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ sync: true, ignore: 'pid,hostname', singleLine: true }));
}
